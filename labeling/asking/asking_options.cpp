#include "labeling/asking/asking_options.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <sys/prctl.h>

#include "db/format/error.h"
#include "labeling/client/base_url.h"
#include "labeling/client/provider_preset.h"

namespace funcorr {
namespace {

// What money needs to be bounded.
void check_money(const AskingOptions& asking) {
  const bool total = asking.provider.budget > 0;
  if (!total && asking.engine.budget <= 0) return;
  const char* budget = total ? "total_budget" : "budget";
  if (asking.price.in_per_million <= 0 && asking.price.out_per_million <= 0)
    throw UsageError(
        fmt::format("{} is set, but price_in and price_out are 0, and no table of prices knows the model {}: "
                    "nothing would "
                    "ever count; set price_in and price_out, or take {} away",
                    budget, asking.model, budget));
  if (!asking.sampling.max_tokens && asking.provider.answer_tokens <= 0)
    throw UsageError(fmt::format(
        "{} is set, but max_tokens is none, and no table of prices knows the longest answer of {}: set "
        "max_tokens or answer_tokens, or take {} away",
        budget, asking.model, budget));
}

void check_preset(const AskingOptions& asking) {
  const Provider& provider = asking.provider;
  const ProviderPreset* preset = provider_preset(provider.name);
  if (preset && !preset->has_batches && provider.transport == Transport::kBatch)
    throw UsageError(fmt::format(
        "provider {} has no batches that are known here: transport = \"http\"; where it has, give "
        "the provider another name",
        provider.name));
  if (preset && preset->base_url.empty() && asking.servers == AskingOptions().servers)
    throw UsageError(
        fmt::format("servers: provider {} has a server of your own, such as https://NAME.openai.azure.com",
                    provider.name));
  if (provider.wire_format == WireFormat::kAnthropic && !asking.sampling.max_tokens &&
      provider.answer_tokens <= 0)
    throw UsageError("max_tokens: the anthropic wire format needs one; set it, or answer_tokens");
}

Provider chat_provider(const AskingOptions& asking) {
  if (asking.model.empty()) throw UsageError("model: name the model as its server knows it");
  check_preset(asking);
  check_money(asking);
  Provider provider = asking.provider;
  const std::vector<double>& weights = asking.server_weights;
  if (!weights.empty() && weights.size() != asking.servers.size())
    throw UsageError("server_weights: there must be one for each of the servers, or none");
  provider.servers.clear();
  for (std::size_t i = 0; i < asking.servers.size(); ++i)
    provider.servers.push_back({asking.servers[i], weights.empty() ? 1 : weights[i]});
  understand_servers(provider);
  provider.batch.first_poll_s = std::min(provider.batch.first_poll_s, provider.batch.poll_s);
  provider.prices["*"] = asking.price;
  return provider;
}

}  // namespace

const OptionList<AskingOptions>& AskingOptions::options() {
  static const OptionList<AskingOptions> list{
      option("servers", &AskingOptions::servers)
          .help("base URLs of OpenAI-compatible servers of one provider")
          .leaves_results(),
      option("server_weights", &AskingOptions::server_weights)
          .range(1e-6, 1e6)
          .help("share of the requests for each server; empty: equal")
          .leaves_results(),
      option("model", &AskingOptions::model).help("model to ask, by the name its server knows"),
      options_of(&AskingOptions::provider),
      options_of(&AskingOptions::price),
      option("prices", &AskingOptions::prices)
          .help("file of list prices that is looked into before the one that comes with funcorr")
          .leaves_results(),
      options_of(&AskingOptions::engine),
      option("estimate", &AskingOptions::estimate)
          .help("print what a run would ask for and cost, and stop")
          .leaves_results(),
      options_of(&AskingOptions::pilot),
      option("limit", &AskingOptions::limit)
          .range(0, 1e12)
          .help("items that this run asks for at most, to look at them before the others; 0: all")
          .leaves_results(),
      option("ask_again", &AskingOptions::ask_again)
          .help("tell the model once what is wrong with an answer that cannot be read, before a fresh one is "
                "asked for; the pilot says where that is cheaper")
          .changes_results_if_set(),
      options_of(&AskingOptions::sampling)};
  return list;
}

AskingOptions language_model(Sampling sampling) {
  return {.model = "llama-3.1-8b-instruct", .sampling = std::move(sampling)};
}

const OptionList<EmbeddingOptions>& EmbeddingOptions::options() {
  static const OptionList<EmbeddingOptions> list{
      option("embedding_model", &EmbeddingOptions::model)
          .help("text embedding model, by the name its server knows"),
      option("embedding_price", &EmbeddingOptions::price)
          .range(-1, 1e9)
          .unit("per million tokens")
          .help("price of texts that are embedded; -1: price_in")
          .leaves_results(),
      option("embedding_servers", &EmbeddingOptions::servers)
          .help("base URLs of the embedding model's servers; empty: those of the language model")
          .leaves_results()};
  return list;
}

std::vector<Provider> providers_of(const AskingOptions& asking, const ImageOptions& images) {
  Provider provider = chat_provider(asking);
  provider.image = images;
  provider.check();
  return {provider};
}

std::vector<Provider> providers_of(const AskingOptions& asking, const EmbeddingOptions& embedding) {
  Provider provider = chat_provider(asking);
  if (embedding.price >= 0) provider.prices[embedding.model] = {embedding.price, 0};
  provider.check();
  if (embedding.servers.empty()) return {provider};
  Provider of_texts = provider;
  of_texts.name = embedding_provider(asking, embedding);
  of_texts.servers.clear();
  for (const std::string& url : embedding.servers) of_texts.servers.push_back({url});
  understand_servers(of_texts);
  of_texts.check();
  return {provider, of_texts};
}

std::string embedding_provider(const AskingOptions& asking, const EmbeddingOptions& embedding) {
  return asking.provider.name + (embedding.servers.empty() ? "" : "-embedding");
}

int items_at_once(const AskingOptions& asking, int by_http) {
  constexpr int kByBatch = 10'000;
  return asking.provider.transport == Transport::kBatch ? std::max(by_http, kByBatch) : by_http;
}

std::unique_ptr<Engine> make_engine(const AskingOptions& asking, std::vector<Provider> providers,
                                    const std::filesystem::path& batch_folder, std::uint64_t seed,
                                    RequestLedger& ledger) {
  const auto has_secrets = [](const Provider& provider) {
    return !provider.key_variable.empty() || !provider.headers.empty();
  };
  if (std::ranges::any_of(providers, has_secrets)) prctl(PR_SET_DUMPABLE, 0);
  EngineOptions options = asking.engine;
  options.seed = seed;
  if (asking.provider.transport == Transport::kBatch) {
    options.batch_folder = batch_folder;
    std::filesystem::create_directories(batch_folder);
  }
  return std::make_unique<Engine>(std::move(options), std::move(providers), ledger);
}

}  // namespace funcorr
