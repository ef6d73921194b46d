#include "render/geometry/neighbour_grid.h"

#include <algorithm>
#include <utility>

#include "db/format/random.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

std::vector<Vec3f> random_points(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<Vec3f> points(count);
  for (Vec3f& p : points)
    for (int axis = 0; axis < 3; ++axis) p[axis] = static_cast<float>(random.uniform() - 0.5);
  return points;
}

}  // namespace

TEST_CASE("neighbours are those that a look at every point finds, across cells and the origin",
          "[geometry]") {
  const std::vector<Vec3f> points = random_points(2'000, 1);
  const auto [radius, stride] = GENERATE(std::pair{0.05F, 1U}, std::pair{0.2F, 1U}, std::pair{0.2F, 7U});
  const NeighbourGrid grid(points, radius, stride);
  CHECK(grid.size() == (points.size() + stride - 1) / stride);
  std::size_t found = 0;
  for (const Vec3f& place : random_points(100, 2)) {
    std::vector<std::uint32_t> near, expected;
    grid.for_each_near(place, [&](std::uint32_t id, const Vec3f& offset) {
      CHECK(offset == points[id] - place);
      near.push_back(id);
    });
    for (std::uint32_t i = 0; i < points.size(); i += stride)
      if (dot(points[i] - place, points[i] - place) < radius * radius) expected.push_back(i);
    std::ranges::sort(near);
    CHECK(near == expected);
    found += near.size();
  }
  CHECK(found > 0);
}

TEST_CASE("places far from every point, and no points at all, have no neighbours", "[geometry]") {
  const auto count = [](const NeighbourGrid& grid, const Vec3f& place) {
    std::size_t near = 0;
    grid.for_each_near(place, [&](std::uint32_t, const Vec3f&) { ++near; });
    return near;
  };
  CHECK(count(NeighbourGrid({}, 0.1F), {0, 0, 0}) == 0);
  CHECK(count(NeighbourGrid({{0, 0, 0}, {0, 0, 0}}, 0.1F), {50, -50, 50}) == 0);
  CHECK(count(NeighbourGrid({{0, 0, 0}, {0, 0, 0}}, 0.1F), {0, 0, 0}) == 2);
}

}  // namespace funcorr
