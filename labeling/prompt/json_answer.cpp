#include "labeling/prompt/json_answer.h"

namespace funcorr {
namespace {

// Length of the bracketed text that begins with '{'; 0 where it does not end. Brackets in strings do not
// count.
std::size_t object_length(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return 0;
}

}  // namespace

std::optional<nlohmann::json> json_answer(std::string_view answer) {
  constexpr int kMostDepth = 64;
  int tried = 0;
  for (std::size_t at = answer.find('{'); at != std::string_view::npos && tried < kMostDepth;
       at = answer.find('{', at + 1), ++tried) {
    const std::string_view object = answer.substr(at, object_length(answer.substr(at)));
    auto parsed = nlohmann::json::parse(object, nullptr, false);
    if (parsed.is_object()) return parsed;
  }
  return std::nullopt;
}

}  // namespace funcorr
