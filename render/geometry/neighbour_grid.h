#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "db/format/vector.h"

namespace funcorr {

// Points in cubic cells as wide as the search radius: the neighbours of any place lie in 27 cells. A value;
// reading it is thread-safe.
class NeighbourGrid {
 public:
  // Of every `stride`-th point. Finite points, within 2²⁰ radii of the origin along every axis.
  NeighbourGrid(const std::vector<Vec3f>& points, float radius, std::size_t stride = 1);

  float radius() const { return radius_; }
  std::size_t size() const { return ids_.size(); }  // points it holds

  // visit(id, offset) for every point nearer to `place` than the radius, one at `place` itself included: its
  // index in `points`, and its position less `place`. The order depends on the points alone.
  template <typename Visit>
  void for_each_near(const Vec3f& place, const Visit& visit) const {
    for (const Range& range : ranges_around(place))
      for (std::size_t i = range.begin; i < range.end; ++i) {
        const Vec3f offset = positions_[i] - place;
        if (dot(offset, offset) < radius_ * radius_) visit(ids_[i], offset);
      }
  }

 private:
  struct Range {
    std::size_t begin = 0, end = 0;
  };
  using Cell = std::array<std::int64_t, 3>;
  Cell cell_of(const Vec3f& place) const;
  // Three cells that follow each other along z lie together.
  std::array<Range, 9> ranges_around(const Vec3f& place) const;

  float radius_;
  std::vector<std::uint32_t> ids_;  // by cell, then by index; so `positions_`
  std::vector<Vec3f> positions_;
  std::vector<std::uint64_t> cells_;  // keys of the cells that hold points, ascending
  std::vector<std::size_t> begins_;   // where each begins in `ids_`, and the end of the last
};

}  // namespace funcorr
