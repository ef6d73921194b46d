#include "labeling/grounding/spread_order.h"

#include <algorithm>
#include <set>

#include "db/format/random.h"
#include "render/camera.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

// Of a direction from those of the first `count` views of the order.
double nearest(const std::vector<Vec3d>& eyes, const std::vector<std::size_t>& order, std::size_t count,
               std::size_t view) {
  double least = 1e9;
  for (std::size_t i = 0; i < count; ++i)
    least = std::min(least, length(normalized(eyes[order[i]]) - normalized(eyes[view])));
  return least;
}

}  // namespace

TEST_CASE("Every view comes once, each as far from those before it as any that is left") {
  Random random(GENERATE(1, 2, 3));
  std::vector<Vec3d> eyes;
  for (int i = 0; i < 30; ++i)
    eyes.push_back(Vec3d{random.normal(), random.normal(), random.normal()} * (1 + random.uniform()));
  const std::vector<std::size_t> order = spread_order(eyes);
  CHECK(order.front() == 0);
  CHECK(std::set(order.begin(), order.end()).size() == eyes.size());
  for (std::size_t i = 1; i < order.size(); ++i)
    for (std::size_t left = i; left < order.size(); ++left)
      CHECK(nearest(eyes, order, i, order[i]) >= nearest(eyes, order, i, order[left]));
}

TEST_CASE("Of the labelling views the first six leave no direction out, whatever their distance") {
  std::vector<Vec3d> eyes;
  for (const Camera& camera : labelling_cameras(kLabellingPositions, 100, 1)) eyes.push_back(camera.center());
  const std::vector<std::size_t> order = spread_order(eyes);
  for (std::size_t view = 0; view < eyes.size(); ++view) CHECK(nearest(eyes, order, 6, view) < 1.01);  // 61°
  std::vector<Vec3d> nearer = eyes;
  for (std::size_t view = 0; view < eyes.size(); view += 2) nearer[view] = nearer[view] * 0.5;
  CHECK(spread_order(nearer) == order);
  CHECK(spread_order({}).empty());
}

}  // namespace funcorr
