#include "render/geometry/neighbour_grid.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace funcorr {
namespace {

std::uint64_t key_of(const std::array<std::int64_t, 3>& cell) {  // 21 bits an axis, z lowest
  const auto bits = [](std::int64_t v) { return static_cast<std::uint64_t>(v + (1 << 20)) & 0x1fffff; };
  return (bits(cell[0]) << 42) | (bits(cell[1]) << 21) | bits(cell[2]);
}

}  // namespace

NeighbourGrid::NeighbourGrid(const std::vector<Vec3f>& points, float radius, std::size_t stride)
    : radius_(radius) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> keyed;
  keyed.reserve(points.size() / stride + 1);
  for (std::size_t i = 0; i < points.size(); i += stride)
    keyed.emplace_back(key_of(cell_of(points[i])), static_cast<std::uint32_t>(i));
  std::sort(keyed.begin(), keyed.end());
  ids_.reserve(keyed.size());
  positions_.reserve(keyed.size());
  for (const auto& [key, id] : keyed) {
    if (cells_.empty() || cells_.back() != key) {
      cells_.push_back(key);
      begins_.push_back(ids_.size());
    }
    ids_.push_back(id);
    positions_.push_back(points[id]);
  }
  begins_.push_back(ids_.size());
}

NeighbourGrid::Cell NeighbourGrid::cell_of(const Vec3f& place) const {
  const auto index = [&](float x) { return static_cast<std::int64_t>(std::floor(x / radius_)); };
  return {index(place.x), index(place.y), index(place.z)};
}

std::array<NeighbourGrid::Range, 9> NeighbourGrid::ranges_around(const Vec3f& place) const {
  std::array<Range, 9> ranges{};
  const Cell center = cell_of(place);
  std::size_t count = 0;
  for (std::int64_t dx = -1; dx <= 1; ++dx)
    for (std::int64_t dy = -1; dy <= 1; ++dy) {
      const auto begin_of = [&](std::int64_t z) {
        const std::uint64_t key = key_of({center[0] + dx, center[1] + dy, z});
        const auto found = std::lower_bound(cells_.begin(), cells_.end(), key);
        return begins_[static_cast<std::size_t>(found - cells_.begin())];
      };
      ranges[count++] = {begin_of(center[2] - 1), begin_of(center[2] + 2)};
    }
  return ranges;
}

}  // namespace funcorr
