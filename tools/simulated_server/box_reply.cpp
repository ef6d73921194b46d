#include "tools/simulated_server/box_reply.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

namespace funcorr {
namespace {

// Thousandths of the padded square's side.
int thousandths(int position, int padding, int side) {
  return std::clamp(static_cast<int>(std::lround(1000.0 * (position + padding) / side)), 0, 999);
}

std::string spell_cogvlm(const std::vector<PixelBox>& boxes, const SquarePadding& image) {
  const int side = image.side(), left = image.left(), top = image.top();
  std::string inside;
  for (const PixelBox& box : boxes)
    inside += fmt::format("{}{:03},{:03},{:03},{:03}", inside.empty() ? "" : ";",
                          thousandths(box.x1, left, side), thousandths(box.y1, top, side),
                          thousandths(box.x2, left, side), thousandths(box.y2, top, side));
  return "[[" + inside + "]]";
}

}  // namespace

std::string spell_boxes(std::string_view format, const std::vector<PixelBox>& boxes,
                        const SquarePadding& image) {
  if (format == "cogvlm") return spell_cogvlm(boxes, image);
  throw std::invalid_argument("the simulated server does not spell boxes of \"" + std::string(format) + "\"");
}

}  // namespace funcorr
