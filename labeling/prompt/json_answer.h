#pragma once

#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

namespace funcorr {

// The first complete JSON object of an answer: models wrap it in code fences, or add prose. Nothing where
// there is none, or it is cut off, or nested too deep (json.h).
std::optional<nlohmann::json> json_answer(std::string_view answer);
// The same where a list of objects (or an empty one) is as good as an object, and an answer that is cut off
// none: the first of the objects in it need not be the best.
std::optional<nlohmann::json> json_list_answer(std::string_view answer);

}  // namespace funcorr
