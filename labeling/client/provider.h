#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "db/format/options.h"

namespace funcorr {

// One server of a provider. Requests go where the fewest are in flight for its weight.
struct Server {
  std::string base_url;  // with the version: "http://localhost:8000/v1"
  double weight = 1;
  std::string query{};  // that was given with it: "api-version=2024-10-21"; empty: none
};

// In the currency of the user's choice, per million tokens.
struct Price {
  double in_per_million = 0, out_per_million = 0;

  static const OptionList<Price>& options();
};

// 0: not limited. Learned ones (response headers, overload) only ever tighten these.
struct Limits {
  double requests_per_minute = 0;
  double tokens_per_minute = 0;
  int concurrency = 64;  // requests in flight per server

  static const OptionList<Limits>& options();
};

// Seconds.
struct Timeouts {
  double connect = 10;
  double first_byte = 300;  // from the request sent to the first byte of the answer
  double stall = 30;        // no byte moves while sending or receiving
  double deadline = 600;    // of one attempt, all in all

  static const OptionList<Timeouts>& options();
};

enum class Transport {
  kHttp,   // every request at once
  kBatch,  // files of requests, answered within a day, cheaper
};
constexpr auto names_of(Transport) {
  return std::to_array<EnumName<Transport>>({{Transport::kHttp, "http"}, {Transport::kBatch, "batch"}});
}

// How chats are put, and how batches of them go.
enum class WireFormat {
  kOpenAi,     // POST /chat/completions; files and /batches
  kAnthropic,  // POST /messages; /messages/batches
};
constexpr auto names_of(WireFormat) {
  return std::to_array<EnumName<WireFormat>>(
      {{WireFormat::kOpenAi, "openai"}, {WireFormat::kAnthropic, "anthropic"}});
}

// How the batch transport cuts its files, and how often it looks whether they are done.
struct BatchLimits {
  int requests = 50'000;    // lines of a file
  double megabytes = 190;   // of a file
  double poll_s = 60;       // longest pause between two looks
  double first_poll_s = 5;  // the first one, doubled up to the longest

  std::int64_t bytes() const { return static_cast<std::int64_t>(1e6 * megabytes); }
  static const OptionList<BatchLimits>& options();
};

// How servers are sent images.
struct ImageOptions {
  std::string detail{};  // "low", "high", "auto"; empty: not sent
  int tokens = 2000;     // the most that one image may count, for budgets and token limits

  static const OptionList<ImageOptions>& options();
};

// An API that answers chats: one account, one or several servers.
struct Provider {
  std::string name = "default";
  std::vector<Server> servers{};
  std::string key_variable{};  // environment variable that holds the API key; empty: none is sent
  std::string key_header = "Authorization: Bearer";  // what stands before the key; "api-key" and the like
  std::vector<std::string> headers{};  // further ones: "Name: VARIABLE", the value is the variable's
  std::string query{};                 // of every URL: "api-version=2024-10-21"; empty: none
  WireFormat wire_format = WireFormat::kOpenAi;
  std::string extra_body{};             // JSON object, merged into the body of every chat; empty: nothing
  std::filesystem::path ca_file{};      // certificates to trust instead of the system's
  std::string health_path = "/models";  // GET below base_url, to see whether a server is back
  std::vector<std::string> redirect_hosts{};  // hosts that a server may redirect to, besides itself

  Limits limits{};
  Timeouts timeouts{};
  Transport transport = Transport::kHttp;  // of chats; texts are embedded at once in any case
  BatchLimits batch{};

  int max_n = 1;             // samples that one request may ask for; 1: the server knows no `n`
  int max_inputs = 256;      // texts per embedding request
  bool json_schema = false;  // the server enforces response_format json_schema
  std::string max_tokens_field = "max_completion_tokens";  // older servers: "max_tokens"
  ImageOptions image{};
  std::int64_t answer_tokens = 0;  // the most an answer can have where no max_tokens is sent; 0: not known

  std::map<std::string, Price> prices{};  // by model; "*": any other. A model without a price is free.
  double batch_discount = 0.5;            // share of the price that the batch transport saves
  double budget = 0;                      // for all runs of the workspace together; 0: none

  const Price& price_of(const std::string& model) const;
  // Throws UsageError naming what cannot be and what is allowed.
  void check() const;
  // All but servers, images and prices, which are options of those who make a Provider.
  static const OptionList<Provider>& options();
};

}  // namespace funcorr
