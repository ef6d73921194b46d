#include "db/format/stand_in.h"

#include <algorithm>
#include <string_view>

#include "db/format/text.h"

namespace funcorr {

std::string stand_in_for_file(std::span<const std::byte> bytes) {
  constexpr std::size_t kLooked = 64;
  std::string_view start(reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), kLooked));
  if (start.empty()) return "is empty";
  if (start.starts_with("version https://git-lfs.github.com/spec/"))
    return "is a Git LFS pointer, not the file itself; run \"git lfs pull\" in its repository, or download "
           "it";
  if (start.starts_with("\xef\xbb\xbf")) start.remove_prefix(3);
  start.remove_prefix(std::min(start.find_first_not_of(" \t\r\n"), start.size()));
  const std::string lower = lower_case(std::string(start));
  if (lower.starts_with("<!doctype html") || lower.starts_with("<html"))
    return "is an HTML page, not the file itself; the download has to be made again";
  if (lower.starts_with("<?xml")) return "is an XML document, as servers answer errors, not the file itself";
  const bool is_text = std::ranges::all_of(
      start, [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t'; });
  if (!is_text) return {};
  return "is a text, not the file itself: \"" + std::string(start.substr(0, start.find_first_of("\r\n"))) +
         "\"";
}

}  // namespace funcorr
