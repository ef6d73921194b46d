#include "stages/asking/provider_options.h"

#include <algorithm>
#include <cstdint>

namespace funcorr {
namespace {

using enum OptionType;

Option text(const char* name, const std::string& default_value, const char* help) {
  return {
      .name = name, .type = kString, .default_value = default_value, .help = help, .effect = Effect::kNone};
}

Option number(const char* name, double default_value, const char* unit, double min, double max,
              const char* help) {
  return {.name = name,
          .type = kDouble,
          .default_value = default_value,
          .unit = unit,
          .min = min,
          .max = max,
          .help = help,
          .effect = Effect::kNone};
}

Option integer(const char* name, int default_value, double min, double max, const char* help) {
  return {.name = name,
          .type = kInt,
          .default_value = default_value,
          .min = min,
          .max = max,
          .help = help,
          .effect = Effect::kNone};
}

Option yes_or_no(const char* name, bool default_value, const char* help) {
  return {.name = name, .type = kBool, .default_value = default_value, .help = help, .effect = Effect::kNone};
}

Option one_of(const char* name, const char* default_value, std::vector<std::string> choices,
              const char* help) {
  Option option = text(name, default_value, help);
  option.choices = std::move(choices);
  return option;
}

Option relevant(Option option) {
  option.effect = Effect::kResult;
  return option;
}

void add_server(OptionTable& table, const AskingDefaults& defaults) {
  Option servers = text("servers", "", "base URLs of OpenAI-compatible servers of one provider");
  servers.type = kStringList;
  servers.default_value = {"http://127.0.0.1:8000/v1"};
  table.add(servers);
  Option weights =
      number("server_weights", 0, "", 1e-6, 1e6, "share of the requests for each server; empty: equal");
  weights.type = kDoubleList;
  weights.default_value = nlohmann::json::array();
  table.add(weights);
  table.add(text("provider", "default", "name that limits, budget and spend are kept under"));
  table.add(relevant(text("model", defaults.model, defaults.model_help.c_str())));
  table.add(text("api_key_variable", "", "environment variable that holds the API key; empty: none is sent"));
  Option ca_file = text("ca_file", "", "certificates to trust instead of the system's");
  ca_file.type = kPath;
  table.add(ca_file);
  Option hosts = text("redirect_hosts", "", "hosts that a server may redirect to, besides itself");
  hosts.type = kStringList;
  hosts.default_value = nlohmann::json::array();
  table.add(hosts);
  table.add(text("health_path", "/models", "asked below the base URL to see whether a server is back"));
}

void add_transport(OptionTable& table) {
  table.add(
      one_of("transport", "http", {"http", "batch"}, "batch: files of requests, answered within a day"));
  table.add(integer("batch_requests", 50'000, 1, 1e6, "requests in one file of the batch transport"));
  table.add(number("batch_megabytes", 190, "MB", 0.001, 10'000, "size of one file of the batch transport"));
  table.add(number("batch_poll_s", 60, "s", 0.01, 86400, "longest pause between two looks at a batch"));
}

void add_limits(OptionTable& table, const AskingDefaults& defaults) {
  table.add(integer("concurrency", 64, 1, 10000, "requests in flight per server"));
  table.add(number("requests_per_minute", 0, "1/min", 0, 1e9, "0: as many as the server takes"));
  table.add(number("tokens_per_minute", 0, "1/min", 0, 1e12, "0: as many as the server takes"));
  table.add(integer("samples_per_request", defaults.samples_per_request, 1, 128,
                    "answers that one request may ask for (n); 1 for servers that know no n"));
  table.add(integer("request_attempts", 8, 1, 1000, "calls for one answer until it counts as failed"));
  table.add(number("connect_timeout_s", 10, "s", 0.01, 3600, "until a connection is made"));
  table.add(number("answer_timeout_s", 300, "s", 0.01, 86400, "until the first byte of an answer"));
  table.add(number("stall_timeout_s", 30, "s", 0.01, 86400, "without a byte moving"));
  table.add(number("deadline_s", 600, "s", 0.01, 86400, "for one attempt, all in all"));
  table.add(one_of("in_doubt", "repeat", {"repeat", "hold"},
                   "requests that may have been paid for and whose answers were lost: ask again, or not"));
}

void add_money(OptionTable& table) {
  table.add(number("price_in", 0, "per million tokens", 0, 1e9, "price of what is sent"));
  table.add(number("price_out", 0, "per million tokens", 0, 1e9, "price of what is answered"));
  table.add(number("batch_discount", 0.5, "", 0, 1, "share of the price that the batch transport saves"));
  table.add(number("budget", 0, "", 0, 1e12, "most money for one run; 0: no limit"));
  table.add(number("total_budget", 0, "", 0, 1e12,
                   "most money for the provider in all runs of this workspace; 0: no limit"));
  table.add(yes_or_no("estimate", false, "print what a run would ask for and cost, and stop"));
}

void add_dialect(OptionTable& table, const AskingDefaults& defaults) {
  table.add(yes_or_no("json_schema", false, "the server enforces response_format json_schema"));
  table.add(one_of("max_tokens_field", "max_completion_tokens", {"max_completion_tokens", "max_tokens"},
                   "how the server calls the limit of an answer; older ones: max_tokens"));
  if (!defaults.has_images) return;
  table.add(one_of("image_detail", "", {"", "low", "high", "auto"}, "sent with images; empty: not sent"));
  table.add(
      integer("image_tokens", 2000, 1, 1e6, "the most that one image may count, for budgets and limits"));
}

void add_embeddings(OptionTable& table) {
  table.add(relevant(
      text("embedding_model", "bge-large-en-v1.5", "the text embedding model, by its server's name")));
  table.add(number("embedding_price", -1, "per million tokens", -1, 1e9,
                   "price of texts that are embedded; -1: price_in"));
  Option servers =
      text("embedding_servers", "", "base URLs of its servers; empty: those of the language model");
  servers.type = kStringList;
  servers.default_value = nlohmann::json::array();
  table.add(servers);
}

void add_sampling(OptionTable& table, const AskingDefaults& defaults) {
  table.add(relevant(number("temperature", defaults.temperature, "", 0, 2, "of sampling")));
  table.add(relevant(number("top_p", defaults.top_p, "", 0, 1, "of sampling")));
  table.add(relevant(integer("max_tokens", defaults.max_tokens, 1, 1e6, "longest answer")));
  table.add(relevant(integer("sampling_seed", 0, -1, 2147483647,
                             "sent as seed, and one more for every sample; -1: none is sent")));
}

}  // namespace

OptionTable asking_options(const AskingDefaults& defaults) {
  OptionTable table;
  add_server(table, defaults);
  add_transport(table);
  add_limits(table, defaults);
  add_money(table);
  add_dialect(table, defaults);
  add_sampling(table, defaults);
  if (defaults.has_embeddings) add_embeddings(table);
  return table;
}

Provider provider_from(const Options& options) {
  Provider provider;
  provider.name = options.get_string("provider");
  const auto urls = options.get_strings("servers");
  const auto weights = options.get_doubles("server_weights");
  if (!weights.empty() && weights.size() != urls.size())
    throw UsageError("server_weights: there must be one for each of the servers, or none");
  for (std::size_t i = 0; i < urls.size(); ++i)
    provider.servers.push_back({urls[i], weights.empty() ? 1 : weights[i]});
  provider.key_variable = options.get_string("api_key_variable");
  if (!options.get_string("ca_file").empty()) provider.ca_file = options.get_path("ca_file");
  provider.redirect_hosts = options.get_strings("redirect_hosts");
  provider.health_path = options.get_string("health_path");
  provider.transport = options.get_string("transport") == "batch" ? Transport::kBatch : Transport::kHttp;
  provider.batch.requests = static_cast<int>(options.get_int("batch_requests"));
  provider.batch.megabytes = options.get_double("batch_megabytes");
  provider.batch.poll_s = options.get_double("batch_poll_s");
  provider.batch.first_poll_s = std::min(provider.batch.first_poll_s, provider.batch.poll_s);
  provider.limits = {options.get_double("requests_per_minute"), options.get_double("tokens_per_minute"),
                     static_cast<int>(options.get_int("concurrency"))};
  provider.timeouts = {options.get_double("connect_timeout_s"), options.get_double("answer_timeout_s"),
                       options.get_double("stall_timeout_s"), options.get_double("deadline_s")};
  provider.max_n = static_cast<int>(options.get_int("samples_per_request"));
  provider.json_schema = options.get_bool("json_schema");
  provider.max_tokens_field = options.get_string("max_tokens_field");
  if (options.table().find("image_tokens")) {
    provider.image.detail = options.get_string("image_detail");
    provider.image.tokens = static_cast<int>(options.get_int("image_tokens"));
  }
  provider.prices["*"] = {options.get_double("price_in"), options.get_double("price_out")};
  if (has_embedding_options(options) && options.get_double("embedding_price") >= 0)
    provider.prices[options.get_string("embedding_model")] = {options.get_double("embedding_price"), 0};
  provider.batch_discount = options.get_double("batch_discount");
  provider.budget = options.get_double("total_budget");
  provider.check();
  return provider;
}

EngineOptions engine_options_from(const Options& options, std::uint64_t seed) {
  EngineOptions engine;
  engine.backoff.max_attempts = static_cast<int>(options.get_int("request_attempts"));
  engine.in_doubt = options.get_string("in_doubt") == "hold" ? InDoubtPolicy::kHold : InDoubtPolicy::kRepeat;
  engine.budget = options.get_double("budget");
  engine.seed = seed;
  return engine;
}

Sampling sampling_from(const Options& options) {
  Sampling sampling;
  sampling.temperature = options.get_double("temperature");
  sampling.top_p = options.get_double("top_p");
  sampling.max_tokens = static_cast<int>(options.get_int("max_tokens"));
  sampling.seed = options.get_int("sampling_seed");
  return sampling;
}

int items_at_once(const Options& options, int by_http) {
  constexpr int kByBatch = 10'000;
  return options.get_string("transport") == "batch" ? std::max(by_http, kByBatch) : by_http;
}

bool has_embedding_options(const Options& options) {
  return options.table().find("embedding_model") != nullptr;
}

std::vector<Provider> with_embedding_provider(const Provider& provider, const Options& options) {
  const auto urls = options.get_strings("embedding_servers");
  if (urls.empty()) return {provider};
  Provider embedding = provider;
  embedding.name = provider.name + "-embedding";
  embedding.servers.clear();
  for (const std::string& url : urls) embedding.servers.push_back({url, 1});
  return {provider, embedding};
}

}  // namespace funcorr
