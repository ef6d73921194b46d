#include "render/light/distribution.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>

namespace funcorr {
namespace {

// Writes the distribution function of `weights` to `cumulative` (one longer); returns their sum.
double accumulate(std::span<const double> weights, std::span<float> cumulative) {
  double sum = 0;
  for (const double w : weights) sum += w;
  double running = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    cumulative[i] = sum > 0 ? static_cast<float>(running / sum) : 0.0F;
    running += weights[i];
  }
  cumulative[weights.size()] = 1.0F;
  return sum;
}

struct Entry {
  int index;
  float within;       // [0, 1)
  float probability;  // of the entry
};

// The entry whose interval [cumulative[i], cumulative[i + 1]) holds u in [0, 1); never an empty one.
Entry find(const float* cumulative, int entries, float u) {
  int index = -1;
  for (int i = 0; i < entries; ++i) index += cumulative[i] <= u ? 1 : 0;
  const float low = cumulative[index], probability = cumulative[index + 1] - low;
  return {index, std::min((u - low) / probability, 0x1.fffffep-1F), probability};
}

}  // namespace

CellDistribution::CellDistribution(std::span<const float> weights, int width, int height)
    : width_(width), height_(height) {
  const auto w = static_cast<std::size_t>(width), h = static_cast<std::size_t>(height);
  if (weights.size() != w * h) throw std::invalid_argument("cell weights do not fill the grid");
  cumulative_.resize(columns_of(height));
  const std::span<float> cumulative(cumulative_);
  std::vector<double> row(w), row_sums(h);
  for (std::size_t y = 0; y < h; ++y) {
    for (std::size_t x = 0; x < w; ++x) {
      row[x] = static_cast<double>(weights[y * w + x]);
      if (!(row[x] >= 0) || !std::isfinite(row[x]))
        throw std::invalid_argument("cell weights must be finite and not negative");
    }
    row_sums[y] = accumulate(row, cumulative.subspan(columns_of(static_cast<int>(y)), w + 1));
  }
  if (!(accumulate(row_sums, cumulative.first(h + 1)) > 0))
    throw std::invalid_argument("cell weights are all zero");
}

CellDistribution::Cell CellDistribution::sample(const Vec2f& u) const {
  const Entry row = find(cumulative_.data(), height_, u.y);
  const Entry column = find(&cumulative_[columns_of(row.index)], width_, u.x);
  return {column.index, row.index, {column.within, row.within}, row.probability * column.probability};
}

float CellDistribution::probability(int x, int y) const {
  const float* row = &cumulative_[static_cast<std::size_t>(y)];
  const float* column = &cumulative_[columns_of(y) + static_cast<std::size_t>(x)];
  return (row[1] - row[0]) * (column[1] - column[0]);
}

}  // namespace funcorr
