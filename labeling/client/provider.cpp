#include "labeling/client/provider.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/format/error.h"
#include "labeling/client/base_url.h"
#include "labeling/client/provider_preset.h"

namespace funcorr {
namespace {

void require(bool holds, const Provider& provider, const std::string& what) {
  if (!holds) throw UsageError(fmt::format("provider {}: {}", provider.name, what));
}

void check_server(const Provider& provider, const Server& server) {
  const std::string& url = server.base_url;
  const bool http = url.starts_with("http://") || url.starts_with("https://");
  const std::size_t host = url.find("://") + 3;
  const std::string authority = http ? url.substr(host, url.find('/', host) - host) : "";
  require(!holds_key(server.query), provider,
          "a server's URL must not hold a key; name an api_key_variable and a key_header");
  // Before the URL is shown: it may hold a password.
  require(authority.find('@') == std::string::npos, provider,
          "a server's URL must not hold a user or password; name a key_variable");
  require(http && !authority.empty(), provider,
          fmt::format("\"{}\" is no server; wanted is a URL such as http://localhost:8000/v1", url));
  require(server.weight > 0 && server.weight <= 1e6, provider,
          fmt::format("weight of {} is {}; allowed is more than 0, at most 1e6", url, server.weight));
}

bool is_header_name(const std::string& name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

void check_headers(const Provider& provider) {
  require(is_header_name(provider.key_header.substr(0, provider.key_header.find(':'))), provider,
          "key_header is what stands before the key, such as \"Authorization: Bearer\" or \"api-key\"");
  for (const std::string& header : provider.headers) {
    const std::size_t colon = header.find(": ");
    // What is wrong with it is not shown: it may be the secret itself.
    require(colon != std::string::npos && is_header_name(header.substr(0, colon)) &&
                is_header_name(header.substr(colon + 2)),
            provider,
            "one of headers is not \"Name: VARIABLE\", the variable being the environment's that holds the "
            "value");
  }
}

void check_extra_body(const Provider& provider) {
  if (provider.extra_body.empty()) return;
  const auto extra = nlohmann::json::parse(provider.extra_body, nullptr, false);
  require(extra.is_object(), provider,
          fmt::format("extra_body is no JSON object: {}; wanted is for example {}", provider.extra_body,
                      R"({"reasoning_effort": "low"})"));
  for (const char* own : {"messages", "model", "n"})
    require(!extra.contains(own), provider, fmt::format("extra_body must not hold \"{}\"", own));
}

}  // namespace

const Price& Provider::price_of(const std::string& model) const {
  static const Price kFree;
  auto found = prices.find(model);
  if (found == prices.end()) found = prices.find("*");
  return found == prices.end() ? kFree : found->second;
}

void Provider::check() const {
  require(!name.empty(), *this, "it has no name");
  require(!servers.empty(), *this, "it has no server");
  for (const Server& server : servers) check_server(*this, server);
  options().check(*this);
  check_headers(*this);
  check_extra_body(*this);
  require(!holds_key(query), *this, "query must not hold a key; name a key_header, or headers");
  image.options().check(image);
  for (const auto& [model, price] : prices) Price::options().check(price);
  require(max_inputs >= 1 && max_inputs <= 2048, *this,
          fmt::format("max_inputs is {}; allowed is 1 … 2048", max_inputs));
  require(batch.first_poll_s > 0, *this, "the first pause between looks at a batch must be above 0 s");
}

// --- options --------------------------------------------------------------------------------------------

const OptionList<Limits>& Limits::options() {
  static const OptionList<Limits> list{
      option("concurrency", &Limits::concurrency)
          .range(1, 10'000)
          .help("requests in flight per server")
          .leaves_results(),
      option("requests_per_minute", &Limits::requests_per_minute)
          .range(0, 1e9)
          .unit("1/min")
          .help("most requests in a minute; 0: as many as the server takes")
          .leaves_results(),
      option("tokens_per_minute", &Limits::tokens_per_minute)
          .range(0, 1e12)
          .unit("1/min")
          .help("most tokens in a minute, sent and answered; 0: as many as the server takes")
          .leaves_results()};
  return list;
}

const OptionList<Timeouts>& Timeouts::options() {
  constexpr double kShortest = 0.01, kDay = 86400;
  static const OptionList<Timeouts> list{option("connect_timeout_s", &Timeouts::connect)
                                             .range(kShortest, 3600)
                                             .unit("s")
                                             .help("time until a connection is made")
                                             .leaves_results(),
                                         option("answer_timeout_s", &Timeouts::first_byte)
                                             .range(kShortest, kDay)
                                             .unit("s")
                                             .help("time until the first byte of an answer")
                                             .leaves_results(),
                                         option("stall_timeout_s", &Timeouts::stall)
                                             .range(kShortest, kDay)
                                             .unit("s")
                                             .help("time in which some byte must move")
                                             .leaves_results(),
                                         option("deadline_s", &Timeouts::deadline)
                                             .range(kShortest, kDay)
                                             .unit("s")
                                             .help("time for one attempt, all in all")
                                             .leaves_results()};
  return list;
}

const OptionList<BatchLimits>& BatchLimits::options() {
  static const OptionList<BatchLimits> list{option("batch_requests", &BatchLimits::requests)
                                                .range(1, 1e6)
                                                .help("most requests in one file of the batch transport")
                                                .leaves_results(),
                                            option("batch_megabytes", &BatchLimits::megabytes)
                                                .range(0.001, 10'000)
                                                .unit("MB")
                                                .help("largest file of the batch transport")
                                                .leaves_results(),
                                            option("batch_poll_s", &BatchLimits::poll_s)
                                                .range(0.01, 86400)
                                                .unit("s")
                                                .help("longest pause between two looks at a batch")
                                                .leaves_results()};
  return list;
}

const OptionList<ImageOptions>& ImageOptions::options() {
  static const OptionList<ImageOptions> list{
      option("image_detail", &ImageOptions::detail)
          .choices({"", "low", "high", "auto"})
          .help("detail that is sent with images; empty: none is sent")
          .leaves_results(),
      option("image_tokens", &ImageOptions::tokens)
          .range(1, 1e6)
          .help("the most tokens that one image may count, for budgets and limits")
          .leaves_results()};
  return list;
}

const OptionList<Price>& Price::options() {
  static const OptionList<Price> list{option("price_in", &Price::in_per_million)
                                          .range(0, 1e9)
                                          .unit("per million tokens")
                                          .help("price of what is sent")
                                          .leaves_results(),
                                      option("price_out", &Price::out_per_million)
                                          .range(0, 1e9)
                                          .unit("per million tokens")
                                          .help("price of what is answered")
                                          .leaves_results()};
  return list;
}

const OptionList<Provider>& Provider::options() {
  static const OptionList<Provider> list{
      option("provider", &Provider::name)
          .help("name that limits, budget and spend are kept under; a known one (" + known_providers() +
                ") also sets what is not set: servers, key, what may be sent")
          .leaves_results(),
      option("api_key_variable", &Provider::key_variable)
          .help("environment variable that holds the API key; empty: none is sent")
          .leaves_results(),
      option("key_header", &Provider::key_header)
          .help("header that bears the key, with what stands before it: Authorization: Bearer, api-key, "
                "x-api-key")
          .leaves_results(),
      option("headers", &Provider::headers)
          .help("further headers, each as Name: VARIABLE; the environment variable holds the value")
          .leaves_results(),
      option("query", &Provider::query)
          .help("query of every URL, such as api-version=2024-10-21; empty: none")
          .leaves_results(),
      option("wire_format", &Provider::wire_format)
          .help("how chats are put: openai (chat/completions) or anthropic (messages)")
          .leaves_results(),
      option("extra_body", &Provider::extra_body)
          .help("JSON object that is merged into the body of every chat; empty: nothing")
          .changes_results_if_set(),
      option("ca_file", &Provider::ca_file)
          .help("certificates to trust instead of the system's")
          .leaves_results(),
      option("redirect_hosts", &Provider::redirect_hosts)
          .help("hosts that a server may redirect to, besides itself")
          .leaves_results(),
      option("health_path", &Provider::health_path)
          .help("path below the base URL that is asked for to see whether a server is back")
          .leaves_results(),
      option("transport", &Provider::transport)
          .help("way of the requests; batch: in files, answered within a day")
          .leaves_results(),
      options_of(&Provider::batch),
      options_of(&Provider::limits),
      option("samples_per_request", &Provider::max_n)
          .range(1, 128)
          .help("answers that one request may ask for (n); 1 for servers that know no n")
          .leaves_results(),
      options_of(&Provider::timeouts),
      option("batch_discount", &Provider::batch_discount)
          .range(0, 1)
          .help("share of the price that the batch transport saves")
          .leaves_results(),
      option("total_budget", &Provider::budget)
          .range(0, 1e12)
          .help("most money for the provider in all runs of this workspace; 0: no limit")
          .leaves_results(),
      option("json_schema", &Provider::json_schema)
          .help("the server enforces response_format json_schema")
          .leaves_results(),
      option("max_tokens_field", &Provider::max_tokens_field)
          .choices({"max_completion_tokens", "max_tokens"})
          .help("how the server calls the limit of an answer; older ones: max_tokens")
          .leaves_results(),
      option("answer_tokens", &Provider::answer_tokens)
          .range(0, 1e7)
          .help("the most tokens of an answer where max_tokens is none, for budgets; 0: not known")
          .leaves_results()};
  return list;
}

}  // namespace funcorr
