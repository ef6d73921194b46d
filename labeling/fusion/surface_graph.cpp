#include "labeling/fusion/surface_graph.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "render/geometry/point_grid.h"

namespace funcorr {
namespace {

constexpr float kNormalWidth = 0.35F, kLeastWeight = 1e-3F, kAcrossComponents = 0.02F;

float weight_of(const SurfacePoints& points, std::size_t i, std::size_t j) {
  const float turn = (1 - dot(points.normals[i], points.normals[j])) / kNormalWidth;
  const float weight = std::exp(-turn * turn) + kLeastWeight;
  return points.components[i] == points.components[j] ? weight : kAcrossComponents * weight;
}

}  // namespace

SurfaceGraph::SurfaceGraph(const SurfacePoints& points, std::size_t neighbors) {
  const std::size_t n = points.positions.size();
  if (points.normals.size() != n || points.components.size() != n)
    throw std::invalid_argument("surface graph: arrays of the points differ in length");
  const PointGrid grid(points.positions);
  std::vector<std::uint32_t> nearest;  // [N, neighbors], a point itself where it has fewer
  nearest.reserve(n * neighbors);
  std::vector<PointGrid::Neighbor> found;
  for (std::size_t i = 0; i < n; ++i) {
    grid.nearest(points.positions[i], neighbors + 1, found);
    std::size_t kept = 0;
    for (const PointGrid::Neighbor& other : found)
      if (other.point != i && kept < neighbors) {
        nearest.push_back(other.point);
        ++kept;
      }
    nearest.resize((i + 1) * neighbors, static_cast<std::uint32_t>(i));
  }
  const auto row = [&](std::size_t i) { return std::span(nearest).subspan(i * neighbors, neighbors); };
  const auto is_neighbor = [&](std::size_t i, std::uint32_t of) {
    return std::ranges::find(row(of), static_cast<std::uint32_t>(i)) != row(of).end();
  };
  begin_.assign(n + 1, 0);
  for (std::size_t i = 0; i < n; ++i)
    for (const std::uint32_t j : row(i)) {
      if (j == i) continue;
      ++begin_[i + 1];
      if (!is_neighbor(i, j)) ++begin_[j + 1];
    }
  for (std::size_t i = 0; i < n; ++i) begin_[i + 1] += begin_[i];
  links_.resize(begin_[n]);
  degree_.assign(n, 0);
  std::vector<std::uint32_t> next(begin_.begin(), begin_.end() - 1);
  const auto link = [&](std::size_t from, std::size_t to, float weight) {
    links_[next[from]++] = {static_cast<std::uint32_t>(to), weight};
    degree_[from] += weight;
  };
  for (std::size_t i = 0; i < n; ++i)
    for (const std::uint32_t j : row(i)) {
      if (j == i) continue;
      const bool mutual = is_neighbor(i, j);
      const float weight = weight_of(points, i, j) * (mutual ? 1.0F : 0.5F);
      link(i, j, weight);
      if (!mutual) link(j, i, weight);
    }
}

void SurfaceGraph::smooth(std::span<const float> scores, std::span<const float> confidences, float strength,
                          int sweeps, std::vector<float>& values) const {
  if (scores.size() != size() || confidences.size() != size() || values.size() != size())
    throw std::invalid_argument("surface graph: it has another number of points");
  const auto relax = [&](std::size_t i) {
    float sum = 0;
    for (std::uint32_t k = begin_[i]; k < begin_[i + 1]; ++k)
      sum += links_[k].weight * values[links_[k].point];
    const float total = confidences[i] + strength * degree_[i];
    if (total > 0) values[i] = (confidences[i] * scores[i] + strength * sum) / total;
  };
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    if (sweep % 2 == 0)
      for (std::size_t i = 0; i < size(); ++i) relax(i);
    else
      for (std::size_t i = size(); i-- > 0;) relax(i);
  }
}

}  // namespace funcorr
