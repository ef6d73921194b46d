#include "labeling/fusion/box_evidence.h"

#include <algorithm>
#include <vector>

#include "db/format/random.h"
#include "tests/catch.h"

namespace funcorr {

TEST_CASE("Boxes overlap by hand") {
  const RealSides box{0, 0, 4, 2};
  CHECK(intersection_over_union(box, box) == 1);
  CHECK(intersection_over_union(box, {2, 0, 6, 2}) == 4.0 / 12);
  CHECK(intersection_over_union(box, {4, 0, 6, 2}) == 0);
  CHECK(intersection_over_union({1, 1, 1, 1}, {1, 1, 1, 1}) == 0);
}

TEST_CASE("The jitter is told by the scatter of a view's boxes") {
  const double jitter = GENERATE(0.03, 0.08, 0.15);
  Random random(5);
  std::vector<std::vector<RealSides>> views;
  for (int view = 0; view < 400; ++view) {
    auto& boxes = views.emplace_back();
    for (int sample = 0; sample < 4; ++sample) {
      const auto side = [&](double at, double extent) { return at + jitter * extent * random.normal(); };
      boxes.push_back({side(50, 200), side(20, 100), side(250, 200), side(120, 100)});
    }
  }
  CHECK_THAT(estimate_jitter(views), Catch::WithinRel(jitter, 0.15));
  // A wrong box in every fourth view hardly matters.
  for (std::size_t view = 0; view < views.size(); view += 4) views[view].back() = {300, 300, 480, 480};
  CHECK_THAT(estimate_jitter(views), Catch::WithinRel(jitter, 0.35));
}

TEST_CASE("Without three boxes in any view the jitter is taken for a tenth") {
  CHECK(estimate_jitter({}) == 0.1);
  CHECK(estimate_jitter(std::vector<std::vector<RealSides>>{{{0, 0, 1, 1}, {5, 5, 9, 9}}, {}}) == 0.1);
}

TEST_CASE("A pixel is inside a soft box with the chance that both sides are beyond it") {
  const SoftSides box({10.5, 20, 50.5, 80}, 0.05, 100, 100);
  CHECK(box.columns.size() == 100);
  CHECK_THAT(box.columns[10], Catch::WithinAbs(0.5, 1e-6));
  CHECK_THAT(box.columns[30], Catch::WithinAbs(1, 1e-6));
  CHECK_THAT(box.columns[12], Catch::WithinAbs(0.8413, 1e-3));  // one deviation of 2 px
  CHECK_THAT(box.columns[8], Catch::WithinAbs(0.1587, 1e-3));
  CHECK_THAT(box.columns[52], Catch::WithinAbs(0.1587, 1e-3));
  CHECK_THAT(box.rows[22], Catch::WithinAbs(0.7977, 1e-3));  // 2.5 px in, deviation 3 px
  // Pixels have a size: an exact box is soft by one of them.
  CHECK_THAT(SoftSides({10.5, 0, 12.5, 9}, 0, 20, 9).columns[10], Catch::WithinAbs(0.4886, 1e-3));
}

TEST_CASE("The box of counted points leaves out a hundredth on every side") {
  Random random(2);
  for (int round = 0; round < 50; ++round) {
    ExtentCount count(60, 40);
    std::vector<int> xs, ys;
    const auto points = 3 + random.below(400);
    for (std::uint64_t i = 0; i < points; ++i) {
      const int x = static_cast<int>(random.below(60)), y = static_cast<int>(random.below(40));
      count.add(x, y);
      xs.push_back(x);
      ys.push_back(y);
    }
    std::ranges::sort(xs);
    std::ranges::sort(ys);
    const std::size_t out = points / 100;  // so many may lie beyond a side
    const auto box = count.box();
    REQUIRE(box);
    CHECK(box->x1 == xs[out]);
    CHECK(box->y1 == ys[out]);
    CHECK(box->x2 == xs[points - 1 - out] + 1);
    CHECK(box->y2 == ys[points - 1 - out] + 1);
  }
}

TEST_CASE("Two points have no box, and counts add up") {
  ExtentCount count(8, 8), other(8, 8);
  count.add(1, 2);
  count.add(3, 4);
  CHECK_FALSE(count.box());
  other.add(6, 6, 2);
  count.add(other);
  REQUIRE(count.box());
  CHECK(count.box()->x2 == 7);
  count.add(6, 6, -2);
  CHECK_FALSE(count.box());
}

}  // namespace funcorr
