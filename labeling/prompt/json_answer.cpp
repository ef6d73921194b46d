#include "labeling/prompt/json_answer.h"

#include <algorithm>

#include "db/format/json.h"

namespace funcorr {
namespace {

// Length of the bracketed text that begins with '{' or '['; 0 where it does not end. Brackets of the other
// kind, and those in strings, do not count.
std::size_t bracketed_length(std::string_view text) {
  const char open = text.front(), close = open == '{' ? '}' : ']';
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
    } else if (c == open) {
      ++depth;
    } else if (c == close && --depth == 0) {
      return i + 1;
    }
  }
  return 0;
}

// The first bracketed text, begun by one of `starts`, that is JSON which `is_answer` takes. What stands
// within brackets that do not end counts as well, unless `all_must_end`.
std::optional<nlohmann::json> first_json(std::string_view answer, const char* starts, bool all_must_end,
                                         bool (*is_answer)(const nlohmann::json& value)) {
  constexpr int kMostTried = 64;
  int tried = 0;
  for (std::size_t at = answer.find_first_of(starts); at != std::string_view::npos && tried < kMostTried;
       at = answer.find_first_of(starts, at + 1), ++tried) {
    const std::string_view bracketed = answer.substr(at, bracketed_length(answer.substr(at)));
    if (bracketed.empty() && all_must_end) return std::nullopt;
    if (is_nested_too_deep(bracketed)) return std::nullopt;
    auto parsed = nlohmann::json::parse(bracketed, nullptr, false);
    if (is_answer(parsed)) return parsed;
  }
  return std::nullopt;
}

bool is_object(const nlohmann::json& value) { return value.is_object(); }

}  // namespace

std::optional<nlohmann::json> json_answer(std::string_view answer) {
  return first_json(answer, "{", false, is_object);
}

std::optional<nlohmann::json> json_list_answer(std::string_view answer) {
  return first_json(answer, "[{", true, [](const nlohmann::json& value) {
    return value.is_object() || (value.is_array() && std::all_of(value.begin(), value.end(), is_object));
  });
}

}  // namespace funcorr
