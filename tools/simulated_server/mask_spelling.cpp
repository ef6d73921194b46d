#include "tools/simulated_server/mask_spelling.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/record/box.h"
#include "db/format/hash.h"
#include "db/format/png.h"

namespace funcorr {
namespace {

using nlohmann::json;

std::string png_base64(const Image8& mask) {
  const std::vector<std::uint8_t> png = encode_png(mask);
  return base64(std::as_bytes(std::span(png)));
}

Image8 padded(const Image8& mask, const SquarePadding& image) {
  Image8 square(image.side(), image.side(), 1);
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x) *square.at(x + image.left(), y + image.top()) = *mask.at(x, y);
  return square;
}

std::string sam(const Image8& square, Random& random) {
  const RunLengthMask runs = run_lengths(square);
  const json size = {square.height, square.width};
  json masks = json::array();
  switch (random.below(3)) {
    case 0:
      masks.push_back(
          {{"segmentation", {{"size", size}, {"counts", coco_counts(runs)}}}, {"predicted_iou", 0.9}});
      break;
    case 1:
      masks.push_back({{"size", size}, {"counts", runs.runs}, {"score", 0.9}});
      break;
    default:
      masks.push_back({{"mask", png_base64(square)}, {"score", 0.9}});
  }
  // A worse guess besides: all of the picture.
  masks.push_back({{"size", size}, {"counts", {0, square.width * square.height}}, {"score", 0.2}});
  return json{{"masks", masks}}.dump();
}

std::string gemini(const Image8& square) {
  PixelBox box{square.width, square.height, 0, 0};
  for (int y = 0; y < square.height; ++y)
    for (int x = 0; x < square.width; ++x)
      if (*square.at(x, y) != 0)
        box = {std::min(box.x1, x), std::min(box.y1, y), std::max(box.x2, x + 1), std::max(box.y2, y + 1)};
  const int side = square.width;
  const auto before = [side](int at) { return 1000 * at / side; };
  const auto behind = [side](int at) { return (1000 * at + side - 1) / side; };
  const int x0 = before(box.x1), y0 = before(box.y1), x1 = behind(box.x2), y1 = behind(box.y2);
  Image8 mask(std::max(1, (x1 - x0) * side / 1000), std::max(1, (y1 - y0) * side / 1000), 1);
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x) {
      const double u = x0 + (x + 0.5) / mask.width * (x1 - x0), v = y0 + (y + 0.5) / mask.height * (y1 - y0);
      *mask.at(x, y) = *square.at(std::min(side - 1, static_cast<int>(u * side / 1000)),
                                  std::min(side - 1, static_cast<int>(v * side / 1000)));
    }
  json list = json::array();
  list.push_back({{"box_2d", {y0, x0, y1, x1}},
                  {"mask", "data:image/png;base64," + png_base64(mask)},
                  {"label", "part"}});
  return "```json\n" + list.dump() + "\n```";
}

}  // namespace

std::string coco_counts(const RunLengthMask& mask) {
  std::string text;
  for (std::size_t i = 0; i < mask.runs.size(); ++i) {
    std::int64_t value = mask.runs[i];
    if (i > 2) value -= mask.runs[i - 2];
    bool has_more = true;
    while (has_more) {
      const std::int64_t bits = value & 0x1F;
      value >>= 5;
      has_more = (bits & 0x10) != 0 ? value != -1 : value != 0;
      text += static_cast<char>('0' + bits + (has_more ? 0x20 : 0));
    }
  }
  return text;
}

std::string spell_mask(MaskFormat format, const Image8& mask, const SquarePadding& image, Random& random) {
  const bool is_gemini = format == MaskFormat::kGemini;
  if (std::ranges::all_of(mask.pixels, [](std::uint8_t pixel) { return pixel == 0; }))
    return is_gemini ? "[]" : R"({"masks": []})";
  const Image8 square = padded(mask, image);
  return is_gemini ? gemini(square) : sam(square, random);
}

}  // namespace funcorr
