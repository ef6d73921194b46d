#pragma once

#include <span>
#include <vector>

#include "render/geometry/vector.h"

namespace funcorr {

// Piecewise-constant density over a grid of width × height cells, sampled exactly by inverting the marginal
// and conditional distribution functions. Cells of weight 0 are never drawn. Thread-safe after construction.
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
  double total() const { return total_; }  // sum of the weights

 private:
  int width_ = 0, height_ = 0;
  double total_ = 0;
  std::vector<float> rows_;     // [height + 1] distribution function over rows
  std::vector<float> columns_;  // [height, width + 1] within each row
};

}  // namespace funcorr
