#include "render/light/distribution.h"

#include <algorithm>
#include <cmath>
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

// The cell whose interval [cumulative[i], cumulative[i+1]) holds u; never an empty one.
std::size_t find_cell(std::span<const float> cumulative, float u) {
  const auto above = std::upper_bound(cumulative.begin(), cumulative.end(), u);
  const auto index = static_cast<std::size_t>(above - cumulative.begin());
  return std::clamp<std::size_t>(index, 1, cumulative.size() - 1) - 1;
}

float within_cell(std::span<const float> cumulative, std::size_t cell, float u) {
  const float low = cumulative[cell], high = cumulative[cell + 1];
  return high > low ? std::clamp((u - low) / (high - low), 0.0F, 0x1.fffffep-1F) : 0.5F;
}

}  // namespace

CellDistribution::CellDistribution(std::span<const float> weights, int width, int height)
    : width_(width), height_(height) {
  const auto w = static_cast<std::size_t>(width), h = static_cast<std::size_t>(height);
  if (weights.size() != w * h) throw std::invalid_argument("cell weights do not fill the grid");
  rows_.resize(h + 1);
  columns_.resize(h * (w + 1));
  std::vector<double> row(w), row_sums(h);
  for (std::size_t y = 0; y < h; ++y) {
    for (std::size_t x = 0; x < w; ++x) {
      row[x] = static_cast<double>(weights[y * w + x]);
      if (!(row[x] >= 0) || !std::isfinite(row[x]))
        throw std::invalid_argument("cell weights must be finite and not negative");
    }
    row_sums[y] = accumulate(row, std::span(columns_).subspan(y * (w + 1), w + 1));
  }
  total_ = accumulate(row_sums, rows_);
  if (total_ <= 0) throw std::invalid_argument("cell weights are all zero");
}

CellDistribution::Cell CellDistribution::sample(const Vec2f& u) const {
  const std::size_t y = find_cell(rows_, u.y);
  const auto row = std::span(columns_).subspan(y * (static_cast<std::size_t>(width_) + 1),
                                               static_cast<std::size_t>(width_) + 1);
  const std::size_t x = find_cell(row, u.x);
  Cell cell{
      static_cast<int>(x), static_cast<int>(y), {within_cell(row, x, u.x), within_cell(rows_, y, u.y)}, 0};
  cell.probability = probability(cell.x, cell.y);
  return cell;
}

float CellDistribution::probability(int x, int y) const {
  const auto row = static_cast<std::size_t>(y), column = static_cast<std::size_t>(x);
  const float* columns = &columns_[row * (static_cast<std::size_t>(width_) + 1)];
  return (rows_[row + 1] - rows_[row]) * (columns[column + 1] - columns[column]);
}

}  // namespace funcorr
