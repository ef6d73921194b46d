// Boxes spelled as the families of models do come back from the reply, whatever the image's shape.
#include "tools/simulated_server/box_reply.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "db/format/random.h"
#include "labeling/box/format.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

// A box of at least `least` px a side.
PixelBox random_box(const SquarePadding& image, int least, Random& random) {
  const auto span = [&](int side) {
    const int size = least + static_cast<int>(random.below(static_cast<std::uint64_t>(side - least + 1)));
    const int from = static_cast<int>(random.below(static_cast<std::uint64_t>(side - size + 1)));
    return std::pair{from, from + size};
  };
  const auto [x1, x2] = span(image.width);
  const auto [y1, y2] = span(image.height);
  return {x1, y1, x2, y2};
}

// Half of a family's step, in px of a square of `side`, and a pixel for rounding to them.
double tolerance(std::string_view format, int side) {
  double step = 1.0 / 999;
  if (format == "claude" || format == "openai" || format == "pixels") step = 1.0 / std::min(side, 768);
  if (format == "qwen2.5-vl") step = 1.0 / std::max(56, side - 14);
  if (format == "kosmos-2") step = 2.0 / 32;  // a cell's middle, or all of it
  return 1.0 + 0.5 * side * step;
}

}  // namespace

TEST_CASE("Random boxes in random images survive the round trip in every family") {
  Random random(21);
  for (const BoxFormat& format : box_formats())
    for (int i = 0; i < 500; ++i) {
      const SquarePadding image{60 + static_cast<int>(random.below(900)),
                                60 + static_cast<int>(random.below(900))};
      std::vector<PixelBox> boxes;
      for (std::uint64_t n = 1 + random.below(3); n > 0; --n) boxes.push_back(random_box(image, 24, random));
      const std::string reply = spell_boxes(format.name, boxes, image);
      const auto found = parse_boxes(format, reply, image);
      INFO(format.name << ", " << image.width << " x " << image.height << ": " << reply);
      REQUIRE(found.size() == boxes.size());
      const double allowed = tolerance(format.name, image.side());
      for (std::size_t k = 0; k < boxes.size(); ++k) {
        const PixelBox &truth = boxes[k], &back = found[k].pixels;
        if (format.is_points) {  // clamping to the image may move a centre by half of the 4 %
          REQUIRE(std::abs(back.center_x() - truth.center_x()) <= allowed + 0.02 * image.side());
          REQUIRE(std::abs(back.center_y() - truth.center_y()) <= allowed + 0.02 * image.side());
          continue;
        }
        REQUIRE(found[k].flag == BoxFlag::kNone);
        REQUIRE(std::abs(back.x1 - truth.x1) <= allowed);
        REQUIRE(std::abs(back.y1 - truth.y1) <= allowed);
        REQUIRE(std::abs(back.x2 - truth.x2) <= allowed);
        REQUIRE(std::abs(back.y2 - truth.y2) <= allowed);
      }
    }
}

TEST_CASE("A mask beside a box does no harm, whole or cut off") {
  const SquarePadding image{300, 200};
  const std::vector<PixelBox> boxes = {{30, 20, 90, 80}, {120, 40, 240, 160}};
  const std::string reply = spell_boxes("gemini-mask", boxes, image);
  const auto read = [&](const std::string& text) { return parse_boxes(box_format("gemini"), text, image); };
  REQUIRE(read(reply).size() == 2);
  CHECK(read(reply)[1].pixels == boxes[1]);
  REQUIRE(read(reply.substr(0, reply.size() - 900)).size() == 2);  // in the second mask
  CHECK(read(reply.substr(0, 900)).size() == 1);
}

TEST_CASE("A family that is not spelled is refused") {
  CHECK_THROWS_AS(spell_boxes("esperanto", {}, {1, 1}), std::invalid_argument);
}

}  // namespace funcorr
