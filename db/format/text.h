#pragma once

#include <string>
#include <string_view>

namespace funcorr {

// ASCII letters in lower case; all else stays as it is.
std::string lower_case(std::string text);

// "%20" and its like as the bytes they stand for (RFC 3986, 2.1); what is no escape stays as it is.
std::string percent_decoded(std::string_view text);

}  // namespace funcorr
