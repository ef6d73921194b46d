#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "labeling/client/provider.h"

namespace funcorr {

// What a known provider implies for options that nobody set.
struct ProviderPreset {
  std::string_view name;      // option `provider`
  std::string_view base_url;  // empty: it is the user's own (Azure)
  std::string_view key_variable{};
  std::string_view key_header = "Authorization: Bearer";
  WireFormat wire_format = WireFormat::kOpenAi;
  int max_n = 1;  // the most samples that one request may ask for
  std::string_view max_tokens_field = "max_completion_tokens";
  bool json_schema = false;    // it enforces one that is sent
  bool has_seed = true;        // takes `seed`
  bool has_batches = false;    // by a Batch API that is spoken here
  bool drops_unknown = false;  // leaves out what a model refuses, by itself
  bool is_free = false;        // runs on the user's machine: no prices
  std::string_view health_path = "/models";
  std::string_view source;  // documentation
};

// Of models, by name: which fields their servers refuse, whatever server it is.
struct FamilyRule {
  std::string_view models;   // a pattern with '*'
  bool temperature = true;   // may be sent
  bool top_p = true;         // may be sent, besides a temperature too
  int least_max_tokens = 0;  // below it a thinking model has no room for an answer; 0: any
  std::string_view why;
  std::string_view source;
};

// When the tables were written: "2026-11-29". No row was tried against the provider's own server.
std::string_view presets_date();
const std::vector<ProviderPreset>& provider_presets();
// Null for a name that is only a name.
const ProviderPreset* provider_preset(std::string_view name);
// "openai, azure, …"
std::string known_providers();
// Null where nothing is known of the model. A vendor before the name ("openai/gpt-5") does not count.
const FamilyRule* family_rule(std::string_view model);

// Does `text` fit a pattern in which '*' stands for anything?
bool fits_pattern(std::string_view pattern, std::string_view text);
// "gpt-5" of "openai/gpt-5" and "models/gemini-2.5-pro".
std::string_view without_vendor(std::string_view model);

}  // namespace funcorr
