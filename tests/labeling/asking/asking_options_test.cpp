#include "labeling/asking/asking_options.h"

#include <set>

#include "db/format/error.h"
#include "tests/catch.h"
#include "tests/labeling/client/memory_ledger.h"

namespace funcorr {
namespace {

AskingOptions asking() {
  AskingOptions options;
  options.model = "m";
  return options;
}

// Empty where there is nothing to complain of.
std::string complaint(const AskingOptions& options) {
  try {
    providers_of(options, ImageOptions());
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("Servers, weights and prices become a provider") {
  AskingOptions options = asking();
  options.servers = {"http://a/v1", "http://b/v1"};
  options.server_weights = {1, 3};
  options.price = {2, 10};
  options.provider.batch.poll_s = 2;
  const std::vector<Provider> providers = providers_of(options, ImageOptions{.detail = "low", .tokens = 85});
  REQUIRE(providers.size() == 1);
  const Provider& provider = providers.front();
  CHECK(provider.servers.at(1).base_url == "http://b/v1");
  CHECK(provider.servers.at(1).weight == 3);
  CHECK(provider.price_of("m").out_per_million == 10);
  CHECK(provider.image.tokens == 85);
  CHECK(provider.batch.first_poll_s == 2);  // no longer than the longest
}

TEST_CASE("Texts are embedded by the same servers, or by others under a name of their own, at their price") {
  AskingOptions options = asking();
  options.price = {2, 10};
  EmbeddingOptions embedding;
  embedding.model = "e";
  CHECK(providers_of(options, embedding).size() == 1);
  CHECK(providers_of(options, embedding).front().price_of("e").in_per_million == 2);
  CHECK(embedding_provider(options, embedding) == "default");
  embedding.price = 0;
  embedding.servers = {"http://texts/v1"};
  const auto providers = providers_of(options, embedding);
  REQUIRE(providers.size() == 2);
  CHECK(providers.back().name == embedding_provider(options, embedding));
  CHECK(providers.back().name == "default-embedding");
  CHECK(providers.back().servers.at(0).base_url == "http://texts/v1");
  CHECK(providers.back().price_of("e").in_per_million == 0);
  CHECK(providers.front().servers.at(0).base_url == AskingOptions().servers.at(0));
}

TEST_CASE("Options that cannot be are named") {
  CHECK(complaint(asking()).empty());
  AskingOptions options = asking();
  options.model.clear();
  CHECK(complaint(options).starts_with("model: "));
  options = asking();
  options.server_weights = {1, 2};
  CHECK(complaint(options).starts_with("server_weights: "));
  options = asking();
  options.servers = {"host"};
  CHECK(complaint(options).find("\"host\" is no server") != std::string::npos);
  options = asking();
  options.provider.limits.concurrency = 0;
  CHECK(complaint(options).find("concurrency = 0") != std::string::npos);
  CHECK_THROWS_AS(providers_of(asking(), ImageOptions{.tokens = 0}), UsageError);
  options = asking();
  options.provider.name = "azure";
  CHECK(complaint(options).find("openai.azure.com") != std::string::npos);
  options.servers = {"https://me.openai.azure.com"};
  CHECK(complaint(options).empty());
  options.provider.transport = Transport::kBatch;
  CHECK(complaint(options).find("transport") != std::string::npos);
  options = asking();
  options.provider.wire_format = WireFormat::kAnthropic;
  options.sampling.max_tokens.reset();
  CHECK(complaint(options).starts_with("max_tokens: "));
}

TEST_CASE("A budget that could never bind is refused, by the names of the options that are missing") {
  AskingOptions run = asking(), total = asking();
  run.engine.budget = 5;
  total.provider.budget = 5;
  for (AskingOptions* options : {&run, &total}) {
    CHECK(complaint(*options).find("price_in and price_out") != std::string::npos);
    options->price = {0, 10};
    CHECK(complaint(*options).empty());
    options->sampling.max_tokens.reset();
    CHECK(complaint(*options).find("answer_tokens") != std::string::npos);
    options->provider.answer_tokens = 100;
    CHECK(complaint(*options).empty());
  }
  CHECK(complaint(run).empty());
}

TEST_CASE("By batch as many things are asked about at once as memory bears") {
  AskingOptions options = asking();
  CHECK(items_at_once(options, 64) == 64);
  options.provider.transport = Transport::kBatch;
  CHECK(items_at_once(options, 64) == 10'000);
  CHECK(items_at_once(options, 20'000) == 20'000);
}

TEST_CASE("No option of asking has two homes, and only what an answer depends on makes items stale") {
  std::set<std::string> names, stale;
  for (const Option& option : AskingOptions::options().described()) {
    CHECK(names.insert(option.name).second);
    if (option.effect == Effect::kResult) stale.insert(option.name);
    INFO(option.name << ": " << option.help);
    CHECK(option.help.find(' ') != std::string::npos);
  }
  CHECK(stale == std::set<std::string>{"model", "temperature", "top_p", "max_tokens", "sampling_seed"});
  // An option that came later leaves what was made before as it is, unless it is set.
  for (const Option& option : AskingOptions::options().described())
    CHECK((option.effect == Effect::kResultIfSet) ==
          (option.name == "extra_body" || option.name == "ask_again"));
}

TEST_CASE("An engine needs the key that its options name") {
  AskingOptions options = asking();
  options.provider.key_variable = "FUNCORR_TEST_NO_SUCH_KEY";
  tests::MemoryLedger ledger;
  CHECK_THROWS_AS(make_engine(options, providers_of(options, ImageOptions()), "/nowhere", 1, ledger),
                  UsageError);
}

}  // namespace funcorr
