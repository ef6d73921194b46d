#include "render/import/assimp/obj_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>

namespace funcorr {
namespace {

constexpr double kFarAway = 1000;  // distance over extent beyond which single precision eats the shape

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

std::vector<std::byte> to_bytes(std::string_view text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

std::vector<std::byte> from_utf16(const std::vector<std::byte>& text, std::size_t first, bool big_endian) {
  std::string out;
  const auto unit = [&](std::size_t at) {
    const auto a = static_cast<std::uint32_t>(text[at]), b = static_cast<std::uint32_t>(text[at + 1]);
    return big_endian ? (a << 8) | b : (b << 8) | a;
  };
  for (std::size_t at = first; at + 1 < text.size(); at += 2) {
    std::uint32_t code = unit(at);
    if (code >= 0xd800 && code < 0xdc00 && at + 3 < text.size()) {
      code = 0x10000 + ((code - 0xd800) << 10) + ((unit(at + 2) - 0xdc00) & 0x3ff);
      at += 2;
    }
    append_utf8(out, code);
  }
  return to_bytes(out);
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// "v x y z rest": the three numbers and where the rest begins.
bool parse_vertex(std::string_view line, Vec3d& vertex, std::size_t& rest) {
  if (line.size() < 2 || line[0] != 'v' || (line[1] != ' ' && line[1] != '\t')) return false;
  std::size_t at = 1;
  for (int axis = 0; axis < 3; ++axis) {
    at = std::min(line.find_first_not_of(" \t", at), line.size());
    if (at < line.size() && line[at] == '+') ++at;
    const auto [end, error] = std::from_chars(line.data() + at, line.data() + line.size(), vertex[axis]);
    if (error != std::errc{}) return false;
    at = static_cast<std::size_t>(end - line.data());
  }
  rest = at;
  return true;
}

// What an mtllib statement names; empty for other lines.
std::string_view named_libraries(std::string_view line) {
  constexpr std::string_view kKeyword = "mtllib";
  if (!line.starts_with(kKeyword) || line.size() == kKeyword.size() || !is_blank(line[kKeyword.size()]))
    return {};
  line.remove_prefix(std::min(line.find_first_not_of(" \t\r", kKeyword.size()), line.size()));
  while (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// An 'f' line: how many corners it names; −1 for other lines.
int face_corners(std::string_view line) {
  if (line.empty() || line[0] != 'f' || (line.size() > 1 && !is_blank(line[1]))) return -1;
  int corners = 0;
  for (std::size_t at = 1; at < line.size(); ++at)
    if (!is_blank(line[at]) && is_blank(line[at - 1])) ++corners;
  return corners;
}

template <typename Visit>
void for_each_line(std::string_view text, Visit visit) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    visit(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

void append_number(std::string& out, double value) {
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

std::string moved(std::string_view text, const Vec3d& offset) {
  std::string out;
  out.reserve(text.size());
  for_each_line(text, [&](std::string_view line) {
    Vec3d vertex;
    std::size_t rest = 0;
    if (!parse_vertex(line, vertex, rest)) {
      out.append(line).append("\n");
      return;
    }
    out += 'v';
    for (int axis = 0; axis < 3; ++axis) {
      out += ' ';
      append_number(out, vertex[axis] - offset[axis]);
    }
    out.append(line.substr(rest)).append("\n");
  });
  return out;
}

}  // namespace

std::vector<std::byte> as_utf8(std::vector<std::byte> text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<int>(text[i]) : -1; };
  if (byte(0) == 0xfe && byte(1) == 0xff) return from_utf16(text, 2, true);
  if (byte(0) == 0xff && byte(1) == 0xfe) return from_utf16(text, 2, false);
  if (byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf) text.erase(text.begin(), text.begin() + 3);
  if (byte(0) == 0 && byte(1) > 0 && byte(2) == 0 && byte(3) > 0) return from_utf16(text, 0, true);
  if (byte(0) > 0 && byte(1) == 0 && byte(2) > 0 && byte(3) == 0) return from_utf16(text, 0, false);
  return text;
}

ObjText prepare_obj(std::vector<std::byte> raw) {
  ObjText out;
  out.text = as_utf8(std::move(raw));
  const std::string_view text(reinterpret_cast<const char*>(out.text.data()), out.text.size());
  constexpr double infinite = std::numeric_limits<double>::infinity();
  Vec3d low{infinite, infinite, infinite}, high{-infinite, -infinite, -infinite};
  for_each_line(text, [&](std::string_view line) {
    if (const int corners = face_corners(line); corners >= 0) {
      ++out.faces;
      if (corners < 3 && !line.ends_with('\\')) ++out.broken_faces;
    }
    if (const std::string_view names = named_libraries(line); !names.empty())
      out.libraries.emplace_back(names);
    Vec3d vertex;
    std::size_t rest = 0;
    if (!parse_vertex(line, vertex, rest)) return;
    for (int axis = 0; axis < 3; ++axis) {
      low[axis] = std::min(low[axis], vertex[axis]);
      high[axis] = std::max(high[axis], vertex[axis]);
    }
  });
  const Vec3d center = (low + high) * 0.5, extent = high - low;
  const double longest = std::max({extent.x, extent.y, extent.z});
  if (std::isfinite(longest) && longest > 0 && length(center) > kFarAway * longest) {
    out.offset = center;
    out.text = to_bytes(moved(text, center));
  }
  return out;
}

}  // namespace funcorr
