#include "labeling/asking/provider_defaults.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "labeling/client/provider_preset.h"

namespace funcorr {
namespace {

using nlohmann::json;

class Implied {
 public:
  void set_origin(std::string where) { where_ = std::move(where); }
  void add(const char* option, json value) { values_.push_back({option, std::move(value), where_}); }
  std::vector<ImpliedValue> take() { return std::move(values_); }

 private:
  std::vector<ImpliedValue> values_;
  std::string where_;
};

void add_provider(const AskingOptions& asking, const ProviderPreset& preset, Implied& implied) {
  const Provider& provider = asking.provider;
  implied.set_origin(fmt::format("provider {}, {}", preset.name, presets_date()));
  if (!preset.base_url.empty()) implied.add("servers", json::array({preset.base_url}));
  implied.add("api_key_variable", preset.key_variable);
  implied.add("key_header", preset.key_header);
  implied.add("wire_format", preset.wire_format);
  implied.add("health_path", preset.health_path);
  implied.add("max_tokens_field", preset.max_tokens_field);
  implied.add("json_schema", preset.json_schema);
  if (provider.max_n > preset.max_n) implied.add("samples_per_request", preset.max_n);
  if (!preset.has_seed) implied.add("sampling_seed", -1);
}

void add_family(const AskingOptions& asking, const ProviderPreset& preset, const FamilyRule& rule,
                Implied& implied) {
  implied.set_origin(
      fmt::format("models {}, {}{}{}", rule.models, presets_date(), rule.why.empty() ? "" : ": ", rule.why));
  if (!rule.temperature && !preset.drops_unknown) implied.add("temperature", kNoNumber);
  if (!rule.top_p && !preset.drops_unknown) implied.add("top_p", kNoNumber);
  if (asking.sampling.max_tokens.value_or(rule.least_max_tokens) < rule.least_max_tokens)
    implied.add("max_tokens", rule.least_max_tokens);
}

void add_prices(const ListedModel& listed, const ImageOptions* images, Implied& implied) {
  implied.set_origin(fmt::format("{} of {}, {}", listed.file, listed.date, listed.models));
  implied.add("price_in", listed.price.in_per_million);
  implied.add("price_out", listed.price.out_per_million);
  if (listed.answer_tokens > 0) implied.add("answer_tokens", listed.answer_tokens);
  if (!images) return;
  const bool is_low = images->detail == "low" && listed.image_tokens_low > 0;
  const int tokens = is_low ? listed.image_tokens_low : listed.image_tokens;
  if (tokens > 0) implied.add("image_tokens", tokens);
}

}  // namespace

std::vector<ImpliedValue> implied_values(const AskingOptions& asking, const ImageOptions* images,
                                         const EmbeddingOptions* embedding, const PriceTable& prices) {
  Implied implied;
  const ProviderPreset* preset = provider_preset(asking.provider.name);
  // Of a provider that is only a name it is not known what it refuses: there nothing changes but prices.
  if (preset) {
    add_provider(asking, *preset, implied);
    if (const FamilyRule* rule = family_rule(asking.model)) add_family(asking, *preset, *rule, implied);
    if (preset->is_free) return implied.take();
  }
  if (const ListedModel* listed = prices.find(asking.model)) add_prices(*listed, images, implied);
  if (const ListedModel* listed = embedding ? prices.find(embedding->model) : nullptr) {
    implied.set_origin(fmt::format("{} of {}, {}", listed->file, listed->date, listed->models));
    implied.add("embedding_price", listed->price.in_per_million);
  }
  return implied.take();
}

}  // namespace funcorr
