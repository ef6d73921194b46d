#include "labeling/box/format.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "labeling/box/reply_numbers.h"

namespace funcorr {
namespace {

using Numbers = BoxNumbers;

double thousandth(int) { return 0.001; }

// Qwen2.5-VL sees the image with sides rounded to multiples of 28 px, within its least and most pixels
// (smart_resize of its processor), and answers in pixels of that.
double qwen_resized_side(int side) {
  constexpr double kFactor = 28, kLeastPixels = 56.0 * 56.0, kMostPixels = 12'845'056;
  const double pixels = static_cast<double>(side) * side;
  const double rounded = std::max(kFactor, std::nearbyint(side / kFactor) * kFactor);
  if (rounded * rounded > kMostPixels)
    return std::floor(std::sqrt(kMostPixels / pixels) * side / kFactor) * kFactor;
  if (rounded * rounded < kLeastPixels)
    return std::ceil(std::sqrt(kLeastPixels / pixels) * side / kFactor) * kFactor;
  return rounded;
}

std::vector<Numbers> find_any_bracket(std::string_view reply) {
  auto boxes = find_brackets(reply, true);
  return boxes.empty() ? find_number_runs(reply) : boxes;
}

std::vector<Numbers> find_bracket(std::string_view reply) { return find_brackets(reply); }

std::vector<Numbers> find_qwen_json(std::string_view reply) { return find_json(reply, {"bbox_2d", "bbox"}); }

std::vector<Numbers> find_gemini(std::string_view reply) {
  auto boxes = find_json(reply, {"box_2d"});
  for (Numbers& box : boxes) box = {box[1], box[0], box[3], box[2]};
  return boxes;
}

// Thousandths, or fractions where all four numbers sum up to less than 4.
std::vector<Numbers> find_internvl(std::string_view reply) {
  auto boxes = find_brackets(reply);
  for (Numbers& box : boxes)
    if (box[0] + box[1] + box[2] + box[3] < 4)
      for (double& number : box) number *= 1000;
  return boxes;
}

// A bin's middle stands for it, as in the processor that comes with the model.
std::vector<Numbers> find_florence(std::string_view reply) {
  auto boxes = find_locations(reply);
  for (Numbers& box : boxes)
    for (double& bin : box) bin += bin < 0 ? 0 : 0.5;
  return boxes;
}

// Cells of a 32 × 32 grid, row by row. The box reaches from middle to middle of its corner cells, or over the
// whole of them where they share a row or a column (as in the processor that comes with the model).
std::vector<Numbers> find_kosmos(std::string_view reply) {
  constexpr double kCells = 32;
  auto boxes = find_patch_pairs(reply);
  for (Numbers& box : boxes) {
    const double row_0 = std::floor(box[0] / kCells), column_0 = box[0] - kCells * row_0;
    const double row_1 = std::floor(box[1] / kCells), column_1 = box[1] - kCells * row_1;
    const double inset = row_0 == row_1 || column_0 == column_1 ? 0 : 0.5;
    box = {column_0 + inset, row_0 + inset, column_1 + 1 - inset, row_1 + 1 - inset};
  }
  return boxes;
}

// A point stands for a box of 4 % of the side around it: what it points at lies there, of its size it says
// nothing.
std::vector<Numbers> find_molmo(std::string_view reply) {
  constexpr double kHalf = 2;  // per cent
  auto boxes = find_points(reply);
  for (Numbers& box : boxes) {
    const double x = box[0], y = box[1];
    if (x < 0 || x > 100 || y < 0 || y > 100)
      box = {x, y, x, y};
    else
      box = {std::max(0.0, x - kHalf), std::max(0.0, y - kHalf), std::min(100.0, x + kHalf),
             std::min(100.0, y + kHalf)};
  }
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

Box checked(const Numbers& numbers, const BoxFormat& format, const SquarePadding& image) {
  constexpr double kRounding = 1e-9;
  const double unit = format.unit(image.side());
  const PixelBox box = to_pixels(numbers, unit, image);
  for (const double number : numbers)
    if (number < 0 || number * unit > format.largest + kRounding) return {box, BoxFlag::kOutOfRange};
  if (numbers[0] > numbers[2] || numbers[1] > numbers[3]) return {box, BoxFlag::kInverted};
  const PixelBox inside{std::clamp(box.x1, 0, image.width), std::clamp(box.y1, 0, image.height),
                        std::clamp(box.x2, 0, image.width), std::clamp(box.y2, 0, image.height)};
  if (inside.width() <= 0 || inside.height() <= 0) return {box, BoxFlag::kEmpty};
  return {inside, BoxFlag::kNone};
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

const std::vector<BoxFormat>& box_formats() {
  static const std::vector<BoxFormat> formats = {
      {"cogvlm", find_double_brackets, thousandth, 0.999},
      {"qwen-vl", find_corner_pairs, thousandth, 1},  // and Qwen2-VL
      {"qwen2.5-vl", find_qwen_json, [](int side) { return 1 / qwen_resized_side(side); }, 1},
      {"qwen3-vl", find_qwen_json, thousandth, 1},
      {"gemini", find_gemini, thousandth, 1},
      {"internvl", find_internvl, thousandth, 1},
      {"glm", find_any_bracket, thousandth, 1},
      {"deepseek-vl2", find_bracket, [](int) { return 1.0 / 999; }, 1},
      {"florence-2", find_florence, thousandth, 0.9995},
      {"kosmos-2", find_kosmos, [](int) { return 1.0 / 32; }, 1},
      {"molmo", find_molmo, [](int) { return 0.01; }, 1},
      {"manipvqa", find_number_runs, [](int) { return 1.0; }, 1},
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

std::vector<Box> parse_boxes(const BoxFormat& format, std::string_view reply, const SquarePadding& image) {
  std::vector<Box> boxes;
  for (const Numbers& numbers : format.find(reply)) boxes.push_back(checked(numbers, format, image));
  return boxes;
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
