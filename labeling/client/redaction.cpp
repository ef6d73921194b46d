#include "labeling/client/redaction.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <span>

#include <fmt/format.h>

#include "db/format/hash.h"

namespace funcorr {
namespace {

constexpr std::string_view kShown = "[key]";
constexpr std::size_t kLong = 16;      // of keys, not of the words that local servers take for one
constexpr std::size_t kShortest = 6;   // less stands in any text by chance, and keeps nobody out
constexpr std::size_t kTelling = 8;    // so many characters of a secret tell too much
constexpr std::size_t kMaskedEnd = 3;  // … and so many beside a mask

std::string percent_encoded(const std::string& secret, bool upper) {
  std::string text;
  for (const char c : secret) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~')
      text += c;
    else
      text += upper ? fmt::format("%{:02X}", byte) : fmt::format("%{:02x}", byte);
  }
  return text;
}

// With every character that is no letter or digit as `escape` writes it.
template <typename Escape>
std::string escaped(const std::string& secret, const Escape& escape) {
  std::string text;
  for (const char c : secret)
    text += std::isalnum(static_cast<unsigned char>(c)) != 0 ? std::string(1, c) : escape(c);
  return text;
}

// The characters of base64 that the secret alone decides, behind `before` bytes of other text.
std::string inner_base64(const std::string& secret, std::size_t before) {
  const std::string padded = std::string(before, '\0') + secret;
  const std::string all = base64(std::as_bytes(std::span(padded)));
  const std::size_t first = before == 0 ? 0 : before + 1;  // 8 bits of `before` reach into 6 of the next
  const std::size_t whole = padded.size() * 8 / 6;         // digits without bits of what follows
  return all.substr(first, whole - first);
}

std::vector<std::string> forms_of(const std::string& secret) {
  std::vector<std::string> forms = {secret, percent_encoded(secret, true), percent_encoded(secret, false)};
  forms.push_back(escaped(secret, [](char c) {
    return c == '/' || c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
  }));
  forms.push_back(
      escaped(secret, [](char c) { return fmt::format("\\u{:04x}", static_cast<unsigned char>(c)); }));
  forms.push_back(
      escaped(secret, [](char c) { return fmt::format("\\u{:04X}", static_cast<unsigned char>(c)); }));
  for (std::size_t before = 0; before < 3; ++before) {
    std::string form = inner_base64(secret, before);
    forms.push_back(form);
    std::ranges::replace(form, '+', '-');  // the alphabet of URLs
    std::ranges::replace(form, '/', '_');
    forms.push_back(std::move(form));
  }
  if (secret.size() >= kLong) {
    const std::size_t whole = forms.size();
    for (std::size_t i = 0; i < whole; ++i) {
      forms.push_back(forms[i].substr(0, kTelling));
      forms.push_back(forms[i].substr(forms[i].size() - kTelling));
    }
  }
  // A few characters stand in any text by chance.
  std::erase_if(forms, [&](const std::string& form) { return form.size() < kTelling && form != secret; });
  return forms;
}

bool is_mask(char c) { return c == '*' || c == '.' || c == 'x' || c == 'X' || c == '#' || c == '-'; }

// "sk-a****wxyz": from where the secret's beginning stands to behind its end, where only a mask lies between.
std::size_t masked_length(std::string_view text, std::string_view first, std::string_view last) {
  if (!text.starts_with(first)) return 0;
  constexpr std::size_t kMost = 256, kShownMore = 5;
  const std::size_t mask = text.find_first_of("*.#", first.size());
  if (mask == std::string_view::npos || mask > first.size() + kShownMore) return 0;
  std::size_t at = mask;
  while (at < text.size() && at - mask < kMost && is_mask(text[at])) ++at;
  for (std::size_t more = 0; more <= kShownMore; ++more)
    if (text.substr(std::min(at + more, text.size())).starts_with(last)) return at + more + last.size();
  return 0;
}

}  // namespace

Redaction::Redaction(const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.size() < kShortest) continue;
    for (std::string& form : forms_of(secret))
      if (std::ranges::find(forms_, form) == forms_.end()) forms_.push_back(std::move(form));
    if (secret.size() >= kLong)
      ends_.push_back({secret.substr(0, kMaskedEnd), secret.substr(secret.size() - kMaskedEnd)});
  }
  std::ranges::stable_sort(forms_, std::ranges::greater(), &std::string::size);
}

std::string Redaction::operator()(std::string text) const {
  for (const std::string& form : forms_)
    for (std::size_t at = text.find(form); at != std::string::npos; at = text.find(form, at + kShown.size()))
      text.replace(at, form.size(), kShown);
  for (const Ends& ends : ends_)
    for (std::size_t at = text.find(ends.first); at != std::string::npos; at = text.find(ends.first, at + 1))
      if (const std::size_t length = masked_length(std::string_view(text).substr(at), ends.first, ends.last))
        text.replace(at, length, kShown);
  return text;
}

}  // namespace funcorr
