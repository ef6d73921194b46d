#include "labeling/client/doom.h"

#include <string_view>

#include <fmt/format.h>

namespace funcorr {
namespace {

constexpr int kEnough = 3;

// What to do where a server does not know a field of the request, or refuses its value.
std::string remedy_of_field(const std::string& field) {
  static const std::map<std::string, std::string_view> remedies = {
      {"temperature", "temperature = \"none\" leaves it out"},
      {"top_p", "top_p = \"none\" leaves it out"},
      {"seed", "sampling_seed = -1 leaves it out"},
      {"n", "samples_per_request = 1 leaves it out"},
      {"max_tokens", "max_tokens_field = \"max_completion_tokens\" is its newer name"},
      {"max_completion_tokens", "max_tokens_field = \"max_tokens\" is its older name"},
      {"response_format", "json_schema = false leaves it out"},
      {"model", "is the model's name right?"}};
  const auto found = remedies.find(field);
  return found == remedies.end() ? std::string() : std::string(found->second);
}

}  // namespace

void DoomWatch::accepted() {
  alike_.clear();
  has_accepted_ = true;
}

bool DoomWatch::failed(const Verdict& verdict) {
  if (verdict.action != Verdict::Action::kFail || !verdict.concerns_all) return false;
  if (verdict.code == "context_length_exceeded" && has_accepted_) return false;
  return ++alike_[verdict.code + " " + verdict.param] == kEnough;
}

std::string remedy(const Verdict& verdict, const Call& call, const Provider& provider) {
  const std::string& base = provider.servers.front().base_url;
  std::string text = call.url.empty() ? "in batches of " + base : "POST " + call.url;
  text += fmt::format(", model \"{}\"", call.model);
  if (verdict.code == "context_length_exceeded")
    return text + ": the prompt with its picture is too long for the model";
  if (verdict.code.find("not_found") != std::string::npos)
    return text +
           fmt::format(": are the URL and the model's name right? GET {}/models lists the models", base);
  const std::string of_field = remedy_of_field(verdict.param);
  return of_field.empty() ? text : text + ": " + of_field;
}

}  // namespace funcorr
