#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace funcorr {

// ASCII letters in lower case; all else stays as it is.
std::string lower_case(std::string text);

// Without the blanks, tabs and ends of lines around it.
std::string_view trimmed(std::string_view text);

// The number that is all of the text, in decimal ("-3", "2.5e-1"; no blanks, no '+'), of an arithmetic type.
template <typename T>
std::optional<T> number_in(std::string_view text) {
  T number{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

// "%20" and its like as the bytes they stand for (RFC 3986, 2.1); what is no escape stays as it is.
std::string percent_decoded(std::string_view text);

}  // namespace funcorr
