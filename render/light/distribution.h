#pragma once

#include <array>
#include <span>
#include <vector>

#include "render/geometry/vector.h"

namespace funcorr {

// A probability distribution over grid cells in proportion to their weights, sampled by descending a pyramid
// of sums, which keeps points that are well spread over the unit square well spread over the grid. Cells of
// weight 0 are never drawn. Thread-safe after construction.
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
  Cell sample(const Vec2f& u) const { return descend({}, depth(), u); }
  float probability(int x, int y) const { return weight(0, x, y) / total_; }

  // Blocks of 2ᵏ × 2ᵏ cells, k levels above the cells.
  int depth() const { return static_cast<int>(levels_.size()); }  // levels from the cells to the single block
  float weight(int level, int x, int y) const;
  // A cell of the block at (block.x, block.y), `level` above the cells; probability given the block.
  Cell sample_within(const Cell& block, int level) const { return descend(block, level, block.within); }
  float total() const { return total_; }  // sum of the weights

 private:
  using Children = std::array<float, 4>;  // weights of the upper left, upper right, lower left, lower right
  struct Level {
    int width = 0;
    std::vector<Children> blocks;
  };
  Cell descend(const Cell& block, int level, Vec2f u) const;

  std::vector<Level> levels_;  // [0]: blocks of 2 × 2 cells
  float total_ = 0;
};

}  // namespace funcorr
