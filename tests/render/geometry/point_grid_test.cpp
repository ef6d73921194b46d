#include "render/geometry/point_grid.h"

#include <algorithm>
#include <vector>

#include "db/format/random.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

Vec3f drawn(Random& random, const Vec3f& size) {
  const auto along = [&](float length) { return length * static_cast<float>(random.uniform() - 0.5); };
  return {along(size.x), along(size.y), along(size.z)};
}

// Squared distances of the nearest ones, by looking at all.
std::vector<float> nearest_by_hand(const std::vector<Vec3f>& points, const Vec3f& position,
                                   std::size_t count) {
  std::vector<float> distances;
  for (const Vec3f& p : points) distances.push_back(dot(p - position, p - position));
  std::ranges::sort(distances);
  distances.resize(std::min(count, distances.size()));
  return distances;
}

}  // namespace

TEST_CASE("A point grid finds the nearest points, as looking at all of them does") {
  // A ball, a sheet, a needle, and a clump beside one far point.
  const Vec3f size = GENERATE(Vec3f{1, 1, 1}, Vec3f{1, 1e-4F, 0.5F}, Vec3f{1, 0, 0}, Vec3f{1e-3F, 1e-3F, 0});
  Random random(3);
  std::vector<Vec3f> points{{0.5F, 0.5F, 0.5F}};
  for (int i = 0; i < 3000; ++i) points.push_back(drawn(random, size));
  points.insert(points.end(), 20, points.back());
  const PointGrid grid(points);
  std::vector<PointGrid::Neighbor> found;
  for (int round = 0; round < 300; ++round) {
    const Vec3f position = round % 3 == 0 ? points[static_cast<std::size_t>(round)]
                                          : drawn(random, round % 3 == 1 ? size : Vec3f{3, 3, 3});
    grid.nearest(position, 9, found);
    const std::vector<float> expected = nearest_by_hand(points, position, 9);
    REQUIRE(found.size() == expected.size());
    for (std::size_t k = 0; k < found.size(); ++k) {
      const Vec3f offset = points[found[k].point] - position;
      REQUIRE(found[k].squared_distance == dot(offset, offset));
      REQUIRE(found[k].squared_distance == expected[k]);
      for (std::size_t other = 0; other < k; ++other) REQUIRE(found[k].point != found[other].point);
    }
  }
}

TEST_CASE("A point grid gives what there is") {
  std::vector<PointGrid::Neighbor> found{{1, 1}};
  PointGrid({}).nearest({0, 0, 0}, 3, found);
  CHECK(found.empty());
  const std::vector<Vec3f> two{{1, 0, 0}, {1, 0, 0}};
  PointGrid(two).nearest({0, 0, 0}, 3, found);
  CHECK(found.size() == 2);
  PointGrid(two).nearest({0, 0, 0}, 0, found);
  CHECK(found.empty());
}

}  // namespace funcorr
