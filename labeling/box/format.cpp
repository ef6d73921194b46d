#include "labeling/box/format.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace funcorr {
namespace {

using Numbers = std::array<double, 4>;

// The texts between "[[" and "]]".
std::vector<std::string_view> bracketed(std::string_view reply) {
  std::vector<std::string_view> found;
  for (std::size_t at = reply.find("[["); at != std::string_view::npos; at = reply.find("[[", at)) {
    const std::size_t begin = at + 2, end = reply.find("]]", begin);
    if (end == std::string_view::npos) break;
    found.push_back(reply.substr(begin, end - begin));
    at = end + 2;
  }
  return found;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const std::size_t end = text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n[]";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<Numbers> four_numbers(std::string_view text) {
  Numbers numbers{};
  const auto pieces = split(text, ',');
  if (pieces.size() != numbers.size()) return std::nullopt;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::string_view piece = trimmed(pieces[i]);
    const auto [end, error] = std::from_chars(piece.data(), piece.data() + piece.size(), numbers[i]);
    if (error != std::errc{} || end != piece.data() + piece.size() || !std::isfinite(numbers[i]))
      return std::nullopt;
  }
  return numbers;
}

// CogVLM, CogAgent: [[x0,y0,x1,y1]], several joined by ';' inside or in brackets of their own.
std::vector<Numbers> find_cogvlm(std::string_view reply) {
  std::vector<Numbers> boxes;
  for (const std::string_view group : bracketed(reply))
    for (const std::string_view piece : split(group, ';'))
      if (const auto numbers = four_numbers(piece)) boxes.push_back(*numbers);
  return boxes;
}

// As Python's round(): half to even, which is nearbyint's default.
int pixel(double number, double scale, int side, int padding) {
  const double position = std::nearbyint(number * scale * side - padding);
  return static_cast<int>(std::clamp(position, -1073741824.0, 1073741824.0));
}

PixelBox to_pixels(const Numbers& numbers, double scale, const SquarePadding& image) {
  const int side = image.side();
  return {pixel(numbers[0], scale, side, image.left()), pixel(numbers[1], scale, side, image.top()),
          pixel(numbers[2], scale, side, image.left()), pixel(numbers[3], scale, side, image.top())};
}

ParsedBox checked(const Numbers& numbers, const BoxFormat& format, const SquarePadding& image) {
  const PixelBox box = to_pixels(numbers, format.scale, image);
  for (const double number : numbers)
    if (number < 0 || number > format.largest) return {box, BoxFlag::kOutOfRange};
  if (numbers[0] > numbers[2] || numbers[1] > numbers[3]) return {box, BoxFlag::kInverted};
  const PixelBox inside{std::clamp(box.x1, 0, image.width), std::clamp(box.y1, 0, image.height),
                        std::clamp(box.x2, 0, image.width), std::clamp(box.y2, 0, image.height)};
  if (inside.width() <= 0 || inside.height() <= 0) return {box, BoxFlag::kEmpty};
  return {inside, BoxFlag::kNone};
}

// The release takes a piece for a box when nothing but digits is left once its commas are gone.
bool is_digits_and_commas(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::any_of(text.begin(), text.end(), is_digit) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_digit(c) || c == ','; });
}

}  // namespace

std::string_view to_string(BoxFlag flag) {
  switch (flag) {
    case BoxFlag::kNone:
      return "";
    case BoxFlag::kOutOfRange:
      return "out_of_range";
    case BoxFlag::kInverted:
      return "inverted";
    case BoxFlag::kEmpty:
      return "empty";
  }
  return "";
}

const std::vector<BoxFormat>& box_formats() {
  static const std::vector<BoxFormat> formats = {
      {"cogvlm", find_cogvlm, 0.001, 999, BoxFrame::kPaddedSquare},
  };
  return formats;
}

const BoxFormat& box_format(std::string_view name) {
  std::string known;
  for (const BoxFormat& format : box_formats()) {
    if (format.name == name) return format;
    known += (known.empty() ? "" : ", ") + std::string(format.name);
  }
  throw std::invalid_argument("no box format is called \"" + std::string(name) + "\"; known: " + known);
}

std::vector<ParsedBox> parse_boxes(const BoxFormat& format, std::string_view reply,
                                   const SquarePadding& image) {
  std::vector<ParsedBox> boxes;
  for (const Numbers& numbers : format.find(reply)) boxes.push_back(checked(numbers, format, image));
  return boxes;
}

std::optional<PixelBox> reference_box(std::string_view reply, const SquarePadding& image) {
  std::optional<Numbers> last;
  for (const std::string_view group : bracketed(reply))
    for (const std::string_view piece : split(group, ';'))
      if (is_digits_and_commas(piece))
        if (const auto numbers = four_numbers(piece)) last = numbers;
  if (!last) return std::nullopt;
  PixelBox box = to_pixels(*last, 0.001, image);
  box.x1 = std::max(box.x1, 0);
  box.y1 = std::max(box.y1, 0);
  box.x2 = std::min(box.x2, image.width);
  box.y2 = std::min(box.y2, image.height);
  return box;
}

}  // namespace funcorr
