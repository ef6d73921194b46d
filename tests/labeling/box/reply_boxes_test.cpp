#include "labeling/box/reply_boxes.h"

#include <vector>

#include "tests/catch.h"

namespace funcorr {
namespace {

// Boxes whose left sides name them.
Box box_at(int left, int view, int pass, int sample, int index, BoxFlag flag = BoxFlag::kNone) {
  Box box;
  box.pixels = {left, 0, left + 1, 1};
  box.view = view;
  box.pass = pass;
  box.sample = sample;
  box.index = index;
  box.flag = flag;
  return box;
}

std::vector<int> lefts(const std::vector<Box>& boxes) {
  std::vector<int> all;
  for (const Box& box : boxes) all.push_back(box.pixels.x1);
  return all;
}

}  // namespace

TEST_CASE("Sound boxes count: all of a reply, or its last") {
  const std::vector<Box> boxes{box_at(1, 0, 1, 0, 0),
                               box_at(2, 0, 1, 0, 1, BoxFlag::kClipped),
                               box_at(3, 0, 1, 0, 2, BoxFlag::kEmpty),
                               box_at(4, 0, 1, 1, 0),
                               box_at(5, 1, 1, 1, 0),
                               box_at(6, 1, 1, 1, 1, BoxFlag::kInverted)};
  CHECK(lefts(boxes_that_count(boxes, {ReplyBoxes::kAll})) == std::vector<int>{1, 2, 4, 5});
  CHECK(lefts(boxes_that_count(boxes, {ReplyBoxes::kLast})) == std::vector<int>{2, 4, 5});
  CHECK(boxes_that_count({}, {}).empty());
}

TEST_CASE("Where the zoomed pass found a sound box, in whatever view, only that pass counts") {
  std::vector<Box> boxes{box_at(1, 0, 1, 0, 0), box_at(2, 0, 2, 0, 0, BoxFlag::kOutOfRange),
                         box_at(3, 1, 1, 0, 0)};
  CHECK(lefts(boxes_that_count(boxes, {})) == std::vector<int>{1, 3});
  boxes.push_back(box_at(4, 1, 2, 0, 0));
  CHECK(lefts(boxes_that_count(boxes, {})) == std::vector<int>{4});
}

}  // namespace funcorr
