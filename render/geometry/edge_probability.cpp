#include "render/geometry/edge_probability.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "render/geometry/neighbour_grid.h"

namespace funcorr {
namespace {

constexpr float kHalfDisc = static_cast<float>(4 / (3 * std::numbers::pi));  // its centroid, in radii

// Of so many points that one has about kNeighbours within the radius: more tell little and cost time. Every
// n-th point of a sample that is ordered by area, as ours are, is as even a sample.
NeighbourGrid grid_of(const std::vector<Vec3f>& points, float radius) {
  constexpr std::size_t kNeighbours = 200, kProbes = 64;
  NeighbourGrid all(points, radius);
  const std::size_t step = points.size() / kProbes + 1;
  std::size_t near = 0, probes = 0;
  for (std::size_t i = 0; i < points.size(); i += step, ++probes)
    all.for_each_near(points[i], [&](std::uint32_t, const Vec3f&) { ++near; });
  const std::size_t stride = near / (std::max<std::size_t>(probes, 1) * kNeighbours);
  return stride > 1 ? NeighbourGrid(points, radius, stride) : all;
}

float border_at(std::size_t i, const SurfacePoints& points, const NeighbourGrid& grid) {
  const Vec3f normal = points.normals[i];
  Vec3f sum{};
  float squares = 0, count = 0;
  grid.for_each_near(points.positions[i], [&](std::uint32_t j, const Vec3f& offset) {
    if (j == i) return;
    const float height = dot(offset, normal);
    const Vec3f folded = offset - points.normals[j] * std::max(height, 0.0F);
    const Vec3f along = folded - normal * dot(folded, normal);
    sum += along;
    squares += dot(along, along);
    count += 1;
  });
  if (count < 2) return 0;
  // The squared mean less its variance: few points would seem a border for their scatter alone.
  const float squared_mean = (dot(sum, sum) - squares) / (count * (count - 1));
  return std::sqrt(std::max(squared_mean, 0.0F)) / (kHalfDisc * grid.radius());
}

}  // namespace

std::vector<EdgeBorders> edge_borders(const SurfacePoints& points) {
  std::vector<EdgeBorders> borders(points.positions.size());
  for (std::size_t r = 0; r < kEdgeRadii.size(); ++r) {
    const NeighbourGrid grid = grid_of(points.positions, kEdgeRadii[r]);
    for (std::size_t i = 0; i < borders.size(); ++i) borders[i][r] = border_at(i, points, grid);
  }
  return borders;
}

double EdgeModel::probability(const EdgeBorders& borders) const {
  double logit = bias;
  for (std::size_t r = 0; r < weights.size(); ++r) logit += weights[r] * static_cast<double>(borders[r]);
  return 1 / (1 + std::exp(-logit));
}

const EdgeModel kEdgeModel{-2.6350, {0.7869, 1.1251, 0.5918, 3.9852}};

std::vector<float> edge_probability(const SurfacePoints& points) {
  const std::vector<EdgeBorders> borders = edge_borders(points);
  std::vector<float> probability(borders.size());
  std::transform(borders.begin(), borders.end(), probability.begin(),
                 [](const EdgeBorders& b) { return static_cast<float>(kEdgeModel.probability(b)); });
  return probability;
}

}  // namespace funcorr
