#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/dataset/record/box.h"
#include "labeling/box/square.h"

namespace funcorr {

// A family of vision-language models: how its replies spell boxes and what their numbers mean. All of them
// are shown the image padded to a square (SquarePadding), and tell places in that square.
struct BoxFormat {
  std::string_view name;  // "cogvlm": what [ground] box_format names
  // Every box of a reply as x0, y0, x1, y1, in the family's unit.
  std::vector<std::array<double, 4>> (*find)(std::string_view reply);
  // One unit as a share of the square's side. It may depend on the side in pixels.
  double (*unit)(int side);
  double largest;  // share of the side; numbers beyond it (or below 0) are out of range
};

// The table of families, one row each.
const std::vector<BoxFormat>& box_formats();
// Throws std::invalid_argument naming the known ones.
const BoxFormat& box_format(std::string_view name);

// Every box of a reply, in its order, in pixels of the image that was padded: number · scale · side −
// padding, rounded half to even, then clamped to the image. A box with a flag keeps its unclamped
// coordinates, but within ±2³⁰. What the reply does not say (what was asked for, view, sample …) is left at
// its defaults.
std::vector<Box> parse_boxes(const BoxFormat& format, std::string_view reply, const SquarePadding& image);

// The one box that the release reads from a CogVLM reply: the last one without blanks between the brackets;
// x0 and y0 are kept from falling below 0, x1 and y1 from passing the far sides, and nothing else is checked.
// Nothing where it finds none.
std::optional<PixelBox> reference_box(std::string_view reply, const SquarePadding& image);

}  // namespace funcorr
