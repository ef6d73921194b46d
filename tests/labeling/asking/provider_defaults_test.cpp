#include "labeling/asking/provider_defaults.h"

#include <fstream>
#include <map>

#include "db/format/error.h"
#include "labeling/client/provider_preset.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using nlohmann::json;

PriceTable bundled() { return PriceTable::read({tests::source_dir() / "labeling/client/prices.json"}); }

std::map<std::string, json> implied(const std::string& provider, const std::string& model,
                                    const ImageOptions& images = {}) {
  AskingOptions asking{.model = model, .provider = {.max_n = 4}, .sampling = {.max_tokens = 256}};
  asking.provider.name = provider;
  std::map<std::string, json> values;
  for (const ImpliedValue& each : implied_values(asking, &images, nullptr, bundled()))
    values[each.option] = each.value;
  return values;
}

}  // namespace

TEST_CASE("A known provider's name brings server, key, header, API and what may be sent") {
  auto values = implied("openai", "gpt-5-mini");
  CHECK(values["servers"] == json{"https://api.openai.com/v1"});
  CHECK(values["api_key_variable"] == "OPENAI_API_KEY");
  CHECK(values["temperature"] == "none");
  CHECK(values["top_p"] == "none");
  CHECK(values["max_tokens"] == 4096);  // thoughts count
  CHECK(values["price_in"] == 0.25);
  CHECK(values["image_tokens"] == 1659);
  CHECK_FALSE(values.contains("samples_per_request"));
  values = implied("openai", "gpt-4o", {.detail = "low"});
  CHECK_FALSE(values.contains("temperature"));
  CHECK_FALSE(values.contains("max_tokens"));
  CHECK(values["image_tokens"] == 85);
  values = implied("anthropic", "claude-sonnet-4-5-20250929");
  CHECK(values["wire_format"] == "anthropic");
  CHECK(values["key_header"] == "x-api-key");
  CHECK(values["samples_per_request"] == 1);
  CHECK(values["sampling_seed"] == -1);
  CHECK(values["top_p"] == "none");
  CHECK_FALSE(values.contains("temperature"));
  values = implied("anthropic", "claude-opus-5-5");
  CHECK(values["temperature"] == "none");
  CHECK(values["price_out"] == 20);
  CHECK(implied("azure", "gpt-4o")["key_header"] == "api-key");
  values = implied("openrouter", "openai/gpt-5");
  CHECK_FALSE(values.contains("temperature"));  // the router leaves out what the model refuses
  CHECK(values["price_in"] == 1.25);
  values = implied("vllm", "gpt-5");
  CHECK_FALSE(values.contains("price_in"));  // it runs at home
}

TEST_CASE("A provider that is only a name changes nothing but prices that are listed") {
  CHECK(implied("default", "qwen3-vl").empty());
  CHECK(implied("mine", "gpt-5").contains("price_in"));
  CHECK_FALSE(implied("mine", "gpt-5").contains("temperature"));
}

TEST_CASE("What is implied fits the options it is implied for") {
  std::map<std::string, Option> options;
  for (const Option& option : AskingOptions::options().described()) options[option.name] = option;
  for (const Option& option : ImageOptions::options().described()) options[option.name] = option;
  for (const ProviderPreset& preset : provider_presets()) {
    CHECK(preset.source.starts_with("https://"));
    for (const auto& [name, value] : implied(std::string(preset.name), "claude-opus-5-5")) {
      INFO(preset.name << " " << name << " " << value);
      REQUIRE(options.contains(name));
      CHECK_NOTHROW(require_value(options[name], value, "preset"));
    }
  }
}

TEST_CASE("Patterns and vendors") {
  CHECK(fits_pattern("gpt-5*", "gpt-5"));
  CHECK(fits_pattern("claude-*-4-5*", "claude-haiku-4-5-20251001"));
  CHECK_FALSE(fits_pattern("gpt-5", "gpt-5-mini"));
  CHECK(fits_pattern("*", ""));
  CHECK_FALSE(fits_pattern("a*b", "ac"));
  CHECK(without_vendor("models/gemini-2.5-pro") == "gemini-2.5-pro");
}

TEST_CASE("One's own prices come before those that come with funcorr, and a broken file is named") {
  const tests::TemporaryFolder folder;
  const auto file = folder.path() / "mine.json";
  std::ofstream(file) << R"({"date": "2026-12-01", "prices": [{"models": "gpt-4o", "in": 1, "out": 2}]})";
  const PriceTable table = PriceTable::read({file, tests::source_dir() / "labeling/client/prices.json"});
  CHECK(table.find("gpt-4o")->price.in_per_million == 1);
  CHECK(table.find("gpt-4o")->date == "2026-12-01");
  CHECK(table.find("gpt-4o-mini")->price.in_per_million == 0.15);
  CHECK(table.find("openai/gpt-4.1")->price.out_per_million == 8);
  CHECK(table.find("nobody's") == nullptr);
  for (const char* text :
       {"", "[]", R"({"prices": [{"models": "a", "in": -1, "out": 2}]})",
        R"({"prices": [{"in": 1, "out": 2}]})", R"({"prices": [{"models": "a", "in": "x"}]})"}) {
    std::ofstream(file, std::ios::trunc) << text;
    CHECK_THROWS_AS(PriceTable::read({file}), UsageError);
  }
  CHECK_THROWS_AS(PriceTable::read({folder.path() / "none.json"}), EnvironmentError);
}

}  // namespace funcorr
