#include "labeling/fusion/surface_graph.h"

#include <cmath>
#include <vector>

#include "db/format/random.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

// A square sheet of points, facing up or down.
void add_sheet(SurfacePoints& points, int side, float height, float up, std::int32_t component) {
  for (int i = 0; i < side * side; ++i) {
    const int column = i % side, row = i / side;
    const auto x = static_cast<float>(column), z = static_cast<float>(row);
    points.positions.push_back({0.01F * x, height, 0.01F * z});
    points.normals.push_back({0, up, 0});
    points.components.push_back(component);
  }
}

double mean(const std::vector<float>& values, std::size_t from, std::size_t to) {
  double sum = 0;
  for (std::size_t i = from; i < to; ++i) sum += static_cast<double>(values[i]);
  return sum / static_cast<double>(to - from);
}

}  // namespace

TEST_CASE("Smoothing finds the least of its energy") {
  Random random(4);
  SurfacePoints points;
  add_sheet(points, 12, 0, 1, 0);
  for (Vec3f& normal : points.normals)
    normal = normalized(Vec3f{static_cast<float>(random.normal()), 2, static_cast<float>(random.normal())});
  const SurfaceGraph graph(points, 5);
  const std::size_t n = graph.size();
  std::vector<float> scores(n), confidences(n);
  for (std::size_t i = 0; i < n; ++i) {
    scores[i] = static_cast<float>(random.uniform());
    confidences[i] = i % 3 == 0 ? 0.0F : 1.0F;
  }
  std::vector<float> values = scores;
  graph.smooth(scores, confidences, 2, 300, values);
  // One more sweep from there moves nothing; from another start it comes to the same.
  std::vector<float> again = values, other(n, 0.5F);
  graph.smooth(scores, confidences, 2, 1, again);
  graph.smooth(scores, confidences, 2, 300, other);
  for (std::size_t i = 0; i < n; ++i) {
    CHECK_THAT(again[i], Catch::WithinAbs(values[i], 1e-5));
    CHECK_THAT(other[i], Catch::WithinAbs(values[i], 1e-3));
  }
  // Sums of the gradient vanish: links cancel each other out.
  double pull = 0;
  for (std::size_t i = 0; i < n; ++i) pull += static_cast<double>(confidences[i] * (values[i] - scores[i]));
  CHECK_THAT(pull, Catch::WithinAbs(0, 1e-2));
}

TEST_CASE("A value spreads over its sheet, hardly to another piece, and hardly around a turned one") {
  constexpr int kSide = 10;
  constexpr std::size_t kCount = kSide * kSide;
  const auto spread_to = [](float up, std::int32_t component) {
    SurfacePoints points;
    add_sheet(points, kSide, 0, 1, 0);
    add_sheet(points, kSide, 0.001F, up, component);
    const SurfaceGraph graph(points);
    std::vector<float> scores(2 * kCount), confidences(2 * kCount), values(2 * kCount);
    for (std::size_t i = 0; i < 2 * kCount; ++i) {
      scores[i] = i < kCount ? 1 : 0;
      confidences[i] = 0.2F;
    }
    values = scores;
    graph.smooth(scores, confidences, 1, 50, values);
    return mean(values, kCount, 2 * kCount);
  };
  CHECK(spread_to(1, 0) > 0.4);
  CHECK(spread_to(1, 1) < 0.25);
  CHECK(spread_to(-1, 0) < 0.05);
}

TEST_CASE("A graph of other points is refused") {
  SurfacePoints points;
  add_sheet(points, 4, 0, 1, 0);
  const SurfaceGraph graph(points);
  CHECK(graph.size() == 16);
  std::vector<float> few(3);
  CHECK_THROWS_AS(graph.smooth(few, few, 1, 1, few), std::invalid_argument);
  points.components.pop_back();
  CHECK_THROWS_AS(SurfaceGraph(points), std::invalid_argument);
}

}  // namespace funcorr
