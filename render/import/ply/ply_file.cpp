#include "render/import/ply/ply_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>

#include "db/format/text.h"
#include "render/import/import.h"

namespace funcorr {
namespace {

constexpr std::size_t kMaxHeaderBytes = 1 << 20;

[[noreturn]] void fail(const std::string& what) { throw ImportError("bad_ply", what); }

std::optional<PlyType> type_of(std::string_view name) {
  using enum PlyType;
  static const std::pair<std::string_view, PlyType> types[] = {
      {"char", kInt8},     {"int8", kInt8},       {"uchar", kUint8},    {"uint8", kUint8},
      {"short", kInt16},   {"int16", kInt16},     {"ushort", kUint16},  {"uint16", kUint16},
      {"int", kInt32},     {"int32", kInt32},     {"uint", kUint32},    {"uint32", kUint32},
      {"float", kFloat32}, {"float32", kFloat32}, {"double", kFloat64}, {"float64", kFloat64}};
  for (const auto& [known, type] : types)
    if (known == name) return type;
  return std::nullopt;
}

std::size_t bytes_of(PlyType type) {
  switch (type) {
    case PlyType::kInt8:
    case PlyType::kUint8:
      return 1;
    case PlyType::kInt16:
    case PlyType::kUint16:
      return 2;
    case PlyType::kFloat64:
      return 8;
    default:
      return 4;
  }
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\v' || c == '\f'; }

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < line.size();) {
    while (at < line.size() && is_space(line[at])) ++at;
    const std::size_t begin = at;
    while (at < line.size() && !is_space(line[at])) ++at;
    if (at > begin) words.push_back(line.substr(begin, at - begin));
  }
  return words;
}

PlyType required_type(std::string_view name) {
  const auto type = type_of(name);
  if (!type) fail("the header has a property of unknown type '" + std::string(name) + "'");
  return *type;
}

void read_property(const std::vector<std::string_view>& words, PlyHeader& header) {
  if (header.elements.empty()) fail("the header has a property before any element");
  PlyProperty property;
  property.is_list = words.size() == 5 && words[1] == "list";
  if (!property.is_list && words.size() != 3) fail("the header has a property that is not understood");
  if (property.is_list) property.count_type = required_type(words[2]);
  property.type = required_type(words[words.size() - 2]);
  property.name = words.back();
  header.elements.back().properties.push_back(std::move(property));
}

void read_element(const std::vector<std::string_view>& words, PlyHeader& header) {
  PlyElement element;
  if (words.size() != 3) fail("the header has an element that is not understood");
  element.name = words[1];
  const auto count = number_in<decltype(element.count)>(words[2]);
  if (!count) fail("the number of element " + element.name + " is '" + std::string(words[2]) + "'");
  element.count = *count;
  header.elements.push_back(std::move(element));
}

void read_format(const std::vector<std::string_view>& words, PlyHeader& header) {
  const std::string_view format = words.size() > 1 ? words[1] : "";
  header.is_ascii = format == "ascii";
  header.is_big_endian = format == "binary_big_endian";
  if (!header.is_ascii && !header.is_big_endian && format != "binary_little_endian")
    fail("the format is '" + std::string(format) +
         "'; ascii and binary_little_endian or _big_endian are known");
}

template <typename T>
double load(const char* from, bool swap) {
  std::array<char, sizeof(T)> bytes;
  std::memcpy(bytes.data(), from, sizeof(T));
  if (swap) std::ranges::reverse(bytes);
  return static_cast<double>(std::bit_cast<T>(bytes));
}

double load(PlyType type, const char* from, bool swap) {
  switch (type) {
    case PlyType::kInt8:
      return load<std::int8_t>(from, false);
    case PlyType::kUint8:
      return load<std::uint8_t>(from, false);
    case PlyType::kInt16:
      return load<std::int16_t>(from, swap);
    case PlyType::kUint16:
      return load<std::uint16_t>(from, swap);
    case PlyType::kInt32:
      return load<std::int32_t>(from, swap);
    case PlyType::kUint32:
      return load<std::uint32_t>(from, swap);
    case PlyType::kFloat32:
      return load<float>(from, swap);
    default:
      return load<double>(from, swap);
  }
}

}  // namespace

int PlyElement::find(std::initializer_list<std::string_view> names) const {
  for (std::size_t i = 0; i < properties.size(); ++i)
    if (std::ranges::find(names, properties[i].name) != names.end()) return static_cast<int>(i);
  return -1;
}

PlyHeader read_ply_header(std::string_view file) {
  PlyHeader header;
  bool has_format = false;
  const std::string_view head = file.substr(0, kMaxHeaderBytes);
  for (std::size_t at = 0, line_number = 0;; ++line_number) {
    const std::size_t end = head.find('\n', at);
    if (end == std::string_view::npos) fail("the header has no end");
    const std::string_view line = head.substr(at, end - at);
    const std::vector<std::string_view> words = words_of(line);
    at = end + 1;
    const std::string_view key = words.empty() ? "" : words[0];
    if (line_number == 0 && key != "ply") fail("the file does not begin with 'ply'");
    if (key == "format") {
      read_format(words, header);
      has_format = true;
    } else if (key == "comment" || key == "obj_info") {
      header.comments.emplace_back(line.substr(std::min(line.size(), line.find(key) + key.size() + 1)));
    } else if (key == "element") {
      read_element(words, header);
    } else if (key == "property") {
      read_property(words, header);
    } else if (key == "end_header") {
      if (!has_format) fail("the header names no format");
      header.bytes = at;
      return header;
    } else if (line_number > 0 && !key.empty()) {
      fail("the header has a line that begins with '" + std::string(key.substr(0, 40)) + "'");
    }
  }
}

void PlyValues::check_room(const PlyElement& element) const {
  std::size_t least = 0;  // bytes of a row; in ASCII, a digit and a space each
  for (const PlyProperty& property : element.properties)
    least += header_.is_ascii ? 2 : bytes_of(property.is_list ? property.count_type : property.type);
  if (element.count > 0 && least == 0) fail("element " + element.name + " has no properties");
  if (element.count > 0 && element.count - 1 > rest_.size() / std::max<std::size_t>(least, 1))
    fail(std::to_string(element.count) + " of element " + element.name + " are promised, " +
         std::to_string(rest_.size()) + " bytes are left");
}

double PlyValues::next_token(const PlyElement& element) {
  while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  std::size_t length = 0;
  while (length < rest_.size() && !is_space(rest_[length])) ++length;
  if (length == 0) fail("the file ends within element " + element.name);
  std::string_view token = rest_.substr(0, length);
  rest_.remove_prefix(length);
  if (token.starts_with('+')) token.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (error == std::errc::result_out_of_range) return token.starts_with('-') ? -HUGE_VAL : HUGE_VAL;
  if (error != std::errc{} || end != token.data() + token.size())
    fail("element " + element.name + " has '" + std::string(token.substr(0, 40)) + "' for a number");
  return value;
}

double PlyValues::next(PlyType type, const PlyElement& element) {
  if (header_.is_ascii) return next_token(element);
  const std::size_t bytes = bytes_of(type);
  if (rest_.size() < bytes) fail("the file ends within element " + element.name);
  const double value =
      load(type, rest_.data(), header_.is_big_endian != (std::endian::native == std::endian::big));
  rest_.remove_prefix(bytes);
  return value;
}

void PlyValues::read_row(const PlyElement& element, std::vector<std::vector<double>>& row) {
  row.resize(element.properties.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    const PlyProperty& property = element.properties[i];
    row[i].clear();
    if (!property.is_list) {
      row[i].push_back(next(property.type, element));
      continue;
    }
    const double length = next(property.count_type, element);
    const std::size_t least = header_.is_ascii ? 1 : bytes_of(property.type), most = rest_.size() / least;
    if (!(length >= 0) || length > static_cast<double>(most))
      fail("element " + element.name + " has a list of " + std::to_string(length) + ", " +
           std::to_string(rest_.size()) + " bytes are left");
    for (auto k = static_cast<std::size_t>(length); k > 0; --k)
      row[i].push_back(next(property.type, element));
  }
}

}  // namespace funcorr
