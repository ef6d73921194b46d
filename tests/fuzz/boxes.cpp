// Replies that should tell boxes, in every family's spelling.
#include "labeling/box/format.h"
#include "labeling/prompt/json_answer.h"
#include "tests/fuzz/fuzz.h"

namespace funcorr::tests {
namespace {

void check(const Box& box, const SquarePadding& image) {
  constexpr int kMost = 1 << 30;
  const PixelBox& p = box.pixels;
  for (const int side : {p.x1, p.y1, p.x2, p.y2})
    promise(side >= -kMost && side <= kMost, "coordinates are within 2^30");
  if (is_sound(box.flag))
    promise(
        p.x1 >= 0 && p.y1 >= 0 && p.x1 < p.x2 && p.y1 < p.y2 && p.x2 <= image.width && p.y2 <= image.height,
        "a sound box holds pixels of the image");
}

}  // namespace

void read_untrusted(std::string_view input) {
  json_answer(input);
  json_list_answer(input);
  for (const SquarePadding image : {SquarePadding{640, 480}, SquarePadding{3, 1001}}) {
    for (const BoxFormat& format : box_formats()) {
      for (const PointsAs points_as : {PointsAs::kEach, PointsAs::kHull})
        for (const Box& box : parse_boxes(format, input, image, points_as)) check(box, image);
      says_nothing_found(format, input);
    }
    reference_box(input, image);
  }
}

}  // namespace funcorr::tests
