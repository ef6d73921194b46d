#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/record/box.h"
#include "db/format/named_enum.h"
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
  // What only this family's replies hold, for the formats that read others' replies too; empty: nothing else
  // reads like it.
  std::string_view mark{};
  // Boxes are objects of a JSON list, with their numbers behind this key ("[]": nothing was found); empty:
  // they are not.
  std::string_view json_key{};
  bool is_points = false;  // it tells points; each stands for a box of 4 % of the side around it
};

// Of the four sides of Moondream's boxes.
constexpr std::array<std::string_view, 4> kMoondreamKeys = {"x_min", "y_min", "x_max", "y_max"};

// What becomes of several points in one reply.
enum class PointsAs {
  kEach,  // a box around each
  kHull,  // one box around all of them
};
constexpr auto names_of(PointsAs) {
  return std::to_array<EnumName<PointsAs>>({{PointsAs::kEach, "each"}, {PointsAs::kHull, "hull"}});
}

// The table of families, one row each.
const std::vector<BoxFormat>& box_formats();
// Throws std::invalid_argument naming the known ones.
const BoxFormat& box_format(std::string_view name);

// Every box of a reply, in its order, in pixels of the image that was padded: number · scale · side −
// padding, rounded half to even, then clamped to the image. Numbers that are beyond the square by no more
// than 2 % of its side are taken for its edge, and the box is flagged as clipped. A box that is not sound
// keeps its unclamped coordinates, but within ±2³⁰. What the reply does not say (what was asked for, view,
// sample …) is left at its defaults.
std::vector<Box> parse_boxes(const BoxFormat& format, std::string_view reply, const SquarePadding& image,
                             PointsAs points_as = PointsAs::kEach);

// The JSON schema of replies, for servers that enforce one: {"boxes": [{<json_key>: [numbers], "label"}]}, or
// Moondream's {"objects": [{"x_min" …}]}. Null for formats that are not JSON.
nlohmann::json box_schema(const BoxFormat& format);

// Does the reply say in the family's own words that there is nothing: an empty list where boxes are JSON,
// "There are none." where they are points? Prose that says so is not known as such.
bool says_nothing_found(const BoxFormat& format, std::string_view reply);

// The one box that the release reads from a CogVLM reply: the last one without blanks between the brackets;
// x0 and y0 are kept from falling below 0, x1 and y1 from passing the far sides, and nothing else is checked.
// Nothing where it finds none.
std::optional<PixelBox> reference_box(std::string_view reply, const SquarePadding& image);

}  // namespace funcorr
