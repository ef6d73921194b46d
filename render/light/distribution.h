#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "db/format/vector.h"

namespace funcorr {

// A probability distribution over grid cells in proportion to their weights, sampled exactly by inverting the
// marginal and conditional distribution functions, so that points well spread over the unit square are well
// spread over the grid. Made for small grids: the search counts entries without branching. Cells of weight 0
// are never drawn. Thread-safe after construction.
class CellDistribution {
 public:
  CellDistribution() = default;
  // weights: [height, width], finite, ≥ 0, not all 0 (std::invalid_argument otherwise).
  CellDistribution(std::span<const float> weights, int width, int height);

  struct Cell {
    int x = 0, y = 0;
    Vec2f within;           // uniform in [0, 1)² given the cell
    float probability = 0;  // of the cell
  };
  Cell sample(const Vec2f& u) const;
  float probability(int x, int y) const;
  bool empty() const { return width_ == 0; }

 private:
  std::size_t columns_of(int y) const {
    return static_cast<std::size_t>(height_ + 1) + static_cast<std::size_t>(y * (width_ + 1));
  }

  int width_ = 0, height_ = 0;
  // Distribution functions as lists of lower ends, each closed by the upper end of the last entry: of the
  // rows [height + 1], then of the columns within each row [height, width + 1].
  std::vector<float> cumulative_;
};

}  // namespace funcorr
