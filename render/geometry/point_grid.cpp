#include "render/geometry/point_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace funcorr {
namespace {

constexpr float kPointsPerCell = 3;  // of those that hold any
constexpr double kMostCells = 4e6;

struct Bounds {
  Vec3f low, high;
  float longest() const { return std::max({high.x - low.x, high.y - low.y, high.z - low.z}); }
};

Bounds bounds_of(std::span<const Vec3f> points) {
  Bounds box{points.front(), points.front()};
  for (const Vec3f& p : points)
    for (int axis = 0; axis < 3; ++axis) {
      box.low[axis] = std::min(box.low[axis], p[axis]);
      box.high[axis] = std::max(box.high[axis], p[axis]);
    }
  return box;
}

void insert(std::vector<PointGrid::Neighbor>& found, std::size_t count,
            const PointGrid::Neighbor& candidate) {
  if (found.size() == count) {
    if (candidate.squared_distance >= found.back().squared_distance) return;
    found.pop_back();
  }
  auto at = found.end();
  while (at != found.begin() && (at - 1)->squared_distance > candidate.squared_distance) --at;
  found.insert(at, candidate);
}

}  // namespace

PointGrid::PointGrid(std::span<const Vec3f> points) {
  if (points.empty()) {
    begin_.assign(2, 0);
    return;
  }
  const Bounds box = bounds_of(points);
  low_ = box.low;
  const auto count = static_cast<float>(points.size());
  // A first guess takes the points for a surface as large as the box's longest side squared; the second
  // counts.
  float cell = box.longest() * std::sqrt(kPointsPerCell / count);
  for (int round = 0; round < 2; ++round) {
    double cells = std::numeric_limits<double>::infinity();
    cell = std::max(cell, 1e-6F * box.longest());
    if (!(cell > 0)) cell = 1;
    const auto along = [&](int axis) { return std::floor((box.high[axis] - box.low[axis]) / cell) + 1.0F; };
    while (true) {
      cells = static_cast<double>(along(0)) * static_cast<double>(along(1)) * static_cast<double>(along(2));
      if (cells <= kMostCells) break;
      cell *= 1.2F;
    }
    cell_ = cell;
    size_ = {static_cast<int>(along(0)), static_cast<int>(along(1)), static_cast<int>(along(2))};
    sort_into_cells(points);
    if (round == 1) break;
    std::size_t occupied = 0;
    for (std::size_t c = 0; c + 1 < begin_.size(); ++c) occupied += begin_[c + 1] > begin_[c] ? 1 : 0;
    cell *= std::sqrt(kPointsPerCell * static_cast<float>(occupied) / count);
  }
}

PointGrid::Cell PointGrid::cell_of(const Vec3f& position) const {
  Cell cell{};
  for (int axis = 0; axis < 3; ++axis) {
    const float at = std::floor((position[axis] - low_[axis]) / cell_);
    const auto most = size_[static_cast<std::size_t>(axis)] - 1;
    cell[static_cast<std::size_t>(axis)] = static_cast<int>(std::clamp(at, 0.0F, static_cast<float>(most)));
  }
  return cell;
}

std::size_t PointGrid::row_of(int y, int z) const {
  return (static_cast<std::size_t>(z) * static_cast<std::size_t>(size_[1]) + static_cast<std::size_t>(y)) *
         static_cast<std::size_t>(size_[0]);
}

void PointGrid::sort_into_cells(std::span<const Vec3f> points) {
  std::vector<std::uint32_t> cell_of_point;
  cell_of_point.reserve(points.size());
  begin_.assign(row_of(0, size_[2]) + 1, 0);
  for (const Vec3f& p : points) {
    const Cell cell = cell_of(p);
    cell_of_point.push_back(static_cast<std::uint32_t>(row_of(cell[1], cell[2])) +
                            static_cast<std::uint32_t>(cell[0]));
    ++begin_[cell_of_point.back() + 1];
  }
  for (std::size_t c = 1; c < begin_.size(); ++c) begin_[c] += begin_[c - 1];
  std::vector<std::uint32_t> next(begin_.begin(), begin_.end() - 1);
  ids_.resize(points.size());
  positions_.resize(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::uint32_t slot = next[cell_of_point[i]]++;
    ids_[slot] = static_cast<std::uint32_t>(i);
    positions_[slot] = points[i];
  }
}

// The cells at Chebyshev distance `ring` from the centre; ring 1 takes the centre with it.
void PointGrid::scan_shell(const Vec3f& position, const Cell& center, int ring, std::size_t count,
                           std::vector<Neighbor>& found) const {
  const auto scan = [&](std::size_t row, int from, int to) {
    for (std::uint32_t slot = begin_[row + static_cast<std::size_t>(from)];
         slot < begin_[row + static_cast<std::size_t>(to) + 1]; ++slot) {
      const Vec3f offset = positions_[slot] - position;
      insert(found, count, {ids_[slot], dot(offset, offset)});
    }
  };
  const int x0 = center[0] - ring, x1 = center[0] + ring;
  for (int z = std::max(0, center[2] - ring); z <= std::min(size_[2] - 1, center[2] + ring); ++z)
    for (int y = std::max(0, center[1] - ring); y <= std::min(size_[1] - 1, center[1] + ring); ++y) {
      const std::size_t row = row_of(y, z);
      const bool whole = ring == 1 || std::abs(z - center[2]) == ring || std::abs(y - center[1]) == ring;
      if (whole) {
        scan(row, std::max(0, x0), std::min(size_[0] - 1, x1));
      } else {
        if (x0 >= 0) scan(row, x0, x0);
        if (x1 < size_[0]) scan(row, x1, x1);
      }
    }
}

void PointGrid::nearest(const Vec3f& position, std::size_t count, std::vector<Neighbor>& found) const {
  found.clear();
  if (count == 0) return;
  const Cell center = cell_of(position);
  const int most = std::max({size_[0], size_[1], size_[2]});
  for (int ring = 1; ring <= most; ++ring) {
    scan_shell(position, center, ring, count, found);
    if (found.size() < count) continue;
    // What is not scanned yet lies beyond the cube of the cells that are.
    float margin = std::numeric_limits<float>::infinity();
    for (int axis = 0; axis < 3; ++axis) {
      const auto at = static_cast<std::size_t>(axis);
      const float from = low_[axis] + cell_ * static_cast<float>(center[at] - ring);
      const float to = low_[axis] + cell_ * static_cast<float>(center[at] + ring + 1);
      if (center[at] - ring > 0) margin = std::min(margin, position[axis] - from);
      if (center[at] + ring + 1 < size_[at]) margin = std::min(margin, to - position[axis]);
    }
    margin = std::max(0.0F, margin * 0.9999F);
    if (found.back().squared_distance <= margin * margin) return;
  }
}

}  // namespace funcorr
