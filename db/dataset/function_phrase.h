#pragma once

#include <algorithm>
#include <string>

namespace funcorr {

// "pick-up_with" → "pick up with": a function's name as the text that models of language are asked for.
inline std::string function_phrase(std::string function) {
  std::ranges::replace_if(
      function, [](char c) { return c == '-' || c == '_'; }, ' ');
  return function;
}

}  // namespace funcorr
