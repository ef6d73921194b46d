#pragma once

#include <string>

namespace funcorr {

// ASCII letters in lower case; all else stays as it is.
std::string lower_case(std::string text);

}  // namespace funcorr
