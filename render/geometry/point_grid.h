#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "db/format/vector.h"

namespace funcorr {

// Exact nearest neighbours among points, by a uniform grid in which an occupied cell holds a few of them.
// Keeps a copy of the positions. Queries are thread-safe.
class PointGrid {
 public:
  explicit PointGrid(std::span<const Vec3f> points);

  struct Neighbor {
    std::uint32_t point = 0;
    float squared_distance = 0;
  };
  // The `count` points nearest to a position, nearest first (of equally near ones any); all of them where
  // there are fewer.
  void nearest(const Vec3f& position, std::size_t count, std::vector<Neighbor>& found) const;

 private:
  using Cell = std::array<int, 3>;
  Cell cell_of(const Vec3f& position) const;  // of the grid: clamped
  std::size_t row_of(int y, int z) const;     // where the cells of a row along x begin
  void sort_into_cells(std::span<const Vec3f> points);
  void scan_shell(const Vec3f& position, const Cell& center, int ring, std::size_t count,
                  std::vector<Neighbor>& found) const;

  Vec3f low_;
  float cell_ = 1;
  Cell size_{1, 1, 1};                // cells along each axis
  std::vector<std::uint32_t> begin_;  // [cells + 1], x fastest: where a cell's points stand in the following
  std::vector<std::uint32_t> ids_;
  std::vector<Vec3f> positions_;
};

}  // namespace funcorr
