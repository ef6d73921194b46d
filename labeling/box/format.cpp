#include "labeling/box/format.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "labeling/box/reply_numbers.h"

namespace funcorr {
namespace {

using Numbers = BoxNumbers;

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

// Takes what is hardly beyond the square for its edge; nothing where a number is farther beyond.
std::optional<Numbers> within_square(Numbers numbers, double unit, double largest) {
  constexpr double kRounding = 1e-9, kHardly = 0.02;  // shares of the side
  for (double& number : numbers) {
    const double share = number * unit;
    if (share < -kHardly || share > largest + kHardly) return std::nullopt;
    if (share < 0) number = 0;
    if (share > largest + kRounding) number = largest / unit;
  }
  return numbers;
}

Box checked(const Numbers& told, const BoxFormat& format, const SquarePadding& image) {
  const double unit = format.unit(image.side());
  const auto within = within_square(told, unit, format.largest);
  const PixelBox box = to_pixels(within.value_or(told), unit, image);
  if (!within) return {box, BoxFlag::kOutOfRange};
  const Numbers& numbers = *within;
  if (numbers[0] > numbers[2] || numbers[1] > numbers[3]) return {box, BoxFlag::kInverted};
  const PixelBox inside{std::clamp(box.x1, 0, image.width), std::clamp(box.y1, 0, image.height),
                        std::clamp(box.x2, 0, image.width), std::clamp(box.y2, 0, image.height)};
  if (inside.width() <= 0 || inside.height() <= 0) return {box, BoxFlag::kEmpty};
  return {inside, numbers == told ? BoxFlag::kNone : BoxFlag::kClipped};
}

// Around all sound boxes; nothing where there is none.
std::optional<Box> hull(const std::vector<Box>& boxes) {
  std::optional<Box> around;
  for (const Box& box : boxes) {
    if (!is_sound(box.flag)) continue;
    if (!around) {
      around = box;
      continue;
    }
    PixelBox& all = around->pixels;
    all = {std::min(all.x1, box.pixels.x1), std::min(all.y1, box.pixels.y1), std::max(all.x2, box.pixels.x2),
           std::max(all.y2, box.pixels.y2)};
    if (box.flag != BoxFlag::kNone) around->flag = box.flag;
  }
  return around;
}

// The release takes a piece of a "[[…;…]]" for a box when nothing but digits is left once its commas are
// gone.
std::optional<Numbers> last_compact_box(std::string_view reply) {
  std::optional<Numbers> last;
  for (std::size_t at = reply.find("[["); at != std::string_view::npos; at = reply.find("[[", at + 2)) {
    const std::size_t end = reply.find("]]", at);
    if (end == std::string_view::npos) break;
    std::string_view inside = reply.substr(at + 2, end - at - 2);
    while (!inside.empty()) {
      const std::string_view piece = inside.substr(0, inside.find(';'));
      inside.remove_prefix(std::min(inside.size(), piece.size() + 1));
      if (piece.find_first_not_of("0123456789,") != std::string_view::npos) continue;
      const auto boxes = find_double_brackets("[[" + std::string(piece) + "]]");
      if (!boxes.empty()) last = boxes.front();
    }
    at = end;
  }
  return last;
}

}  // namespace

const BoxFormat& box_format(std::string_view name) {
  std::string known;
  for (const BoxFormat& format : box_formats()) {
    if (format.name == name) return format;
    known += (known.empty() ? "" : ", ") + std::string(format.name);
  }
  throw std::invalid_argument("no box format is called \"" + std::string(name) + "\"; known: " + known);
}

std::vector<Box> parse_boxes(const BoxFormat& format, std::string_view reply, const SquarePadding& image,
                             PointsAs points_as) {
  std::vector<Box> boxes;
  for (const Numbers& numbers : format.find(reply)) boxes.push_back(checked(numbers, format, image));
  if (!format.is_points || points_as == PointsAs::kEach) return boxes;
  const auto around = hull(boxes);
  return around ? std::vector<Box>{*around} : boxes;
}

bool says_nothing_found(const BoxFormat& format, std::string_view reply) {
  if (format.is_points && reply.find("There are none") != std::string_view::npos) return true;
  if (format.json_key.empty()) return false;
  std::string bare;
  for (const char c : reply)
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') bare += c;
  for (const std::string_view empty :
       {"[]", "```json[]```", "```[]```", "{\"objects\":[]}", "{\"boxes\":[]}", "```json{\"objects\":[]}```"})
    if (bare == empty) return true;
  return false;
}

std::optional<PixelBox> reference_box(std::string_view reply, const SquarePadding& image) {
  const auto last = last_compact_box(reply);
  if (!last) return std::nullopt;
  PixelBox box = to_pixels(*last, 0.001, image);
  box.x1 = std::max(box.x1, 0);
  box.y1 = std::max(box.y1, 0);
  box.x2 = std::min(box.x2, image.width);
  box.y2 = std::min(box.y2, image.height);
  return box;
}

}  // namespace funcorr
