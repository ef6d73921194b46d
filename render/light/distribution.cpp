#include "render/light/distribution.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>

namespace funcorr {
namespace {

// Chooses the first (false) or second (true) of two weights by u, which is stretched to be uniform again.
bool choose_second(float first, float second, float& u) {
  const float t = u * (first + second);
  if (t < first || second <= 0.0F) {
    u = std::min(t / first, 0x1.fffffep-1F);
    return false;
  }
  u = std::clamp((t - first) / second, 0.0F, 0x1.fffffep-1F);
  return true;
}

std::size_t child_index(int x, int y) { return static_cast<std::size_t>((x & 1) + 2 * (y & 1)); }

}  // namespace

CellDistribution::CellDistribution(std::span<const float> weights, int width, int height) {
  if (width <= 0 || height <= 0 ||
      weights.size() != static_cast<std::size_t>(width) * static_cast<std::size_t>(height))
    throw std::invalid_argument("cell weights do not fill the grid");
  std::vector<float> cells(weights.begin(), weights.end());
  for (const float weight : cells)
    if (!(weight >= 0) || !std::isfinite(weight))
      throw std::invalid_argument("cell weights must be finite and not negative");
  do {
    Level level;
    level.width = (width + 1) / 2;
    const int level_height = (height + 1) / 2;
    level.blocks.resize(static_cast<std::size_t>(level.width) * static_cast<std::size_t>(level_height));
    std::vector<float> sums(level.blocks.size());
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const auto block = static_cast<std::size_t>(y / 2) * static_cast<std::size_t>(level.width) +
                           static_cast<std::size_t>(x / 2);
        level.blocks[block][child_index(x, y)] =
            cells[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
      }
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const Children& c = level.blocks[i];
      sums[i] = (c[0] + c[1]) + (c[2] + c[3]);
    }
    width = level.width;
    height = level_height;
    cells = std::move(sums);
    levels_.push_back(std::move(level));
  } while (width > 1 || height > 1);
  total_ = cells[0];
  if (!(total_ > 0)) throw std::invalid_argument("cell weights are all zero");
}

float CellDistribution::weight(int level, int x, int y) const {
  if (level == depth()) return total_;
  const Level& parents = levels_[static_cast<std::size_t>(level)];
  return parents.blocks[static_cast<std::size_t>(y / 2) * static_cast<std::size_t>(parents.width) +
                        static_cast<std::size_t>(x / 2)][child_index(x, y)];
}

CellDistribution::Cell CellDistribution::descend(const Cell& block, int level, Vec2f u) const {
  int x = block.x, y = block.y;
  float last = 1, first_total = 0;
  for (int i = level - 1; i >= 0; --i) {
    const Level& parents = levels_[static_cast<std::size_t>(i)];
    const Children& c = parents.blocks[static_cast<std::size_t>(y) * static_cast<std::size_t>(parents.width) +
                                       static_cast<std::size_t>(x)];
    const float upper = c[0] + c[1], lower = c[2] + c[3];
    if (i == level - 1) first_total = upper + lower;
    const int down = choose_second(upper, lower, u.y) ? 1 : 0;
    const float* row = &c[static_cast<std::size_t>(2 * down)];
    const int right = choose_second(row[0], row[1], u.x) ? 1 : 0;
    last = row[right];
    x = 2 * x + right;
    y = 2 * y + down;
  }
  return {x, y, u, first_total > 0 ? last / first_total : 1.0F};
}

}  // namespace funcorr
