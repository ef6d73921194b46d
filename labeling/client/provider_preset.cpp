#include "labeling/client/provider_preset.h"

namespace funcorr {
namespace {

constexpr std::string_view kThinks =
    "it thinks before it answers, and thoughts count as tokens of the answer";

}  // namespace

std::string_view presets_date() { return "2026-11-29"; }

const std::vector<ProviderPreset>& provider_presets() {
  static const std::vector<ProviderPreset> table{
      {.name = "openai",
       .base_url = "https://api.openai.com/v1",
       .key_variable = "OPENAI_API_KEY",
       .max_n = 128,
       .json_schema = true,
       .has_batches = true,
       .source = "https://platform.openai.com/docs/api-reference/chat/create"},
      // The v1 API: https://NAME.openai.azure.com/openai/v1, without an api-version; `model` is the
      // deployment. Its batches want deployments of their own kind and are not spoken here.
      {.name = "azure",
       .base_url = "",
       .key_variable = "AZURE_OPENAI_API_KEY",
       .key_header = "api-key",
       .max_n = 128,
       .json_schema = true,
       .source = "https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle"},
      {.name = "anthropic",
       .base_url = "https://api.anthropic.com/v1",
       .key_variable = "ANTHROPIC_API_KEY",
       .key_header = "x-api-key",
       .wire_format = WireFormat::kAnthropic,
       .max_tokens_field = "max_tokens",
       .json_schema = true,
       .has_seed = false,
       .has_batches = true,
       .source = "https://platform.claude.com/docs/en/api/messages"},
      // Files cannot be uploaded through its OpenAI-compatible door: no batches here.
      {.name = "gemini",
       .base_url = "https://generativelanguage.googleapis.com/v1beta/openai",
       .key_variable = "GEMINI_API_KEY",
       .max_n = 8,
       .max_tokens_field = "max_tokens",
       .json_schema = true,
       .source = "https://ai.google.dev/gemini-api/docs/openai"},
      // Fields that a model does not know are left out by it; it knows no n.
      {.name = "openrouter",
       .base_url = "https://openrouter.ai/api/v1",
       .key_variable = "OPENROUTER_API_KEY",
       .max_tokens_field = "max_tokens",
       .json_schema = true,
       .drops_unknown = true,
       .source = "https://openrouter.ai/docs/api-reference/parameters"},
      {.name = "vllm",
       .base_url = "http://127.0.0.1:8000/v1",
       .max_n = 128,
       .max_tokens_field = "max_tokens",
       .json_schema = true,
       .is_free = true,
       .health_path = "//health",
       .source = "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html"},
      {.name = "ollama",
       .base_url = "http://127.0.0.1:11434/v1",
       .max_tokens_field = "max_tokens",
       .json_schema = true,
       .is_free = true,
       .source = "https://docs.ollama.com/api/openai-compatibility"},
      {.name = "llama.cpp",
       .base_url = "http://127.0.0.1:8080/v1",
       .max_tokens_field = "max_tokens",
       .json_schema = true,
       .is_free = true,
       .health_path = "//health",
       .source = "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md"},
      {.name = "lmstudio",
       .base_url = "http://127.0.0.1:1234/v1",
       .max_tokens_field = "max_tokens",
       .json_schema = true,
       .is_free = true,
       .source = "https://lmstudio.ai/docs/developer/openai-compat"},
      {.name = "cogvlm",
       .base_url = "http://127.0.0.1:8000/v1",
       .max_tokens_field = "max_tokens",
       .is_free = true,
       .source = "https://github.com/THUDM/CogVLM/blob/main/openai_demo/openai_api.py"},
  };
  return table;
}

// The first that fits holds.
const FamilyRule* family_rule(std::string_view model) {
  constexpr std::string_view kOpenAi = "https://platform.openai.com/docs/guides/reasoning";
  constexpr std::string_view kClaude =
      "https://platform.claude.com/docs/en/about-claude/models/migration-guide";
  constexpr std::string_view kGemini = "https://ai.google.dev/gemini-api/docs/thinking";
  constexpr std::string_view kNoSampling = "takes neither temperature nor top_p; ";
  static const std::string refuses_and_thinks = std::string(kNoSampling) + std::string(kThinks);
  static const std::vector<FamilyRule> table{
      {"gpt-5-chat*", true, true, 0, "", kOpenAi},
      // Taken to be as GPT-5; not tried.
      {"gpt-6*", false, false, 4096, refuses_and_thinks, kOpenAi},
      {"gpt-5*", false, false, 4096, refuses_and_thinks, kOpenAi},
      {"o1*", false, false, 4096, refuses_and_thinks, kOpenAi},
      {"o3*", false, false, 4096, refuses_and_thinks, kOpenAi},
      {"o4*", false, false, 4096, refuses_and_thinks, kOpenAi},
      {"claude-3*", true, true, 0, "", kClaude},
      {"claude-opus-4-0*", true, true, 0, "", kClaude},
      {"claude-opus-4-2025*", true, true, 0, "", kClaude},
      {"claude-sonnet-4-0*", true, true, 0, "", kClaude},
      {"claude-sonnet-4-2025*", true, true, 0, "", kClaude},
      {"claude-*-4-1*", true, false, 0, "takes temperature or top_p, not both", kClaude},
      {"claude-*-4-5*", true, false, 0, "takes temperature or top_p, not both", kClaude},
      {"claude-*-4-6*", true, false, 0, "takes temperature or top_p, not both", kClaude},
      // Opus 4.7 by its migration guide; later ones are taken to be as it is.
      {"claude-*", false, false, 4096, refuses_and_thinks, kClaude},
      {"gemini-2.5-*", true, true, 4096, kThinks, kGemini},
      {"gemini-3*", true, true, 4096, kThinks, kGemini},
  };
  const std::string_view name = without_vendor(model);
  for (const FamilyRule& rule : table)
    if (fits_pattern(rule.models, name)) return &rule;
  return nullptr;
}

const ProviderPreset* provider_preset(std::string_view name) {
  for (const ProviderPreset& preset : provider_presets())
    if (preset.name == name) return &preset;
  return nullptr;
}

std::string known_providers() {
  std::string names;
  for (const ProviderPreset& preset : provider_presets())
    names.append(names.empty() ? "" : ", ").append(preset.name);
  return names;
}

bool fits_pattern(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t at = star; at <= text.size(); ++at)
    if (fits_pattern(rest, text.substr(at))) return true;
  return false;
}

std::string_view without_vendor(std::string_view model) {
  const std::size_t slash = model.rfind('/');
  return slash == std::string_view::npos ? model : model.substr(slash + 1);
}

}  // namespace funcorr
