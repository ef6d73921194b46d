#include "render/integrator/film.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace funcorr {
namespace {

constexpr int kTableSteps = 512;
constexpr int kMeanSteps = 256;

// The window, of integral 1, at t in 0…1 from its middle to its end.
double blackman_harris(double t, double radius) {
  if (t >= 1) return 0;
  const double angle = std::numbers::pi * (1 + t);
  const double window =
      0.35875 - 0.48829 * std::cos(angle) + 0.14128 * std::cos(2 * angle) - 0.01168 * std::cos(3 * angle);
  return window / (0.35875 * 2 * radius);
}

}  // namespace

PixelFilter::PixelFilter(double radius_px)
    : radius_(radius_px), reach_(std::max(0, static_cast<int>(std::ceil(radius_px - 0.5)))) {
  for (int i = 0; radius_ > 0 && i <= kTableSteps + 1; ++i)
    table_.push_back(static_cast<float>(blackman_harris(static_cast<double>(i) / kTableSteps, radius_)));
  for (int distance = -reach_; distance <= reach_; ++distance) {
    double sum = 0;
    for (int i = 0; i < kMeanSteps; ++i)
      sum += static_cast<double>(weight(static_cast<float>((i + 0.5) / kMeanSteps - 0.5 - distance)));
    means_.push_back(static_cast<float>(sum / kMeanSteps));
  }
}

float PixelFilter::weight(float offset) const {
  if (table_.empty()) return 1.0F;
  const float x = std::abs(offset) * static_cast<float>(kTableSteps / radius_);
  if (x >= kTableSteps) return 0.0F;
  const int cell = static_cast<int>(x);
  const float* entry = &table_[static_cast<std::size_t>(cell)];
  return entry[0] + (x - static_cast<float>(cell)) * (entry[1] - entry[0]);
}

FilmTile::FilmTile(const PixelFilter& filter, int x0, int y0, int width, int height)
    : filter_(&filter),
      x0_(x0 - filter.reach()),
      y0_(y0 - filter.reach()),
      columns_(width + 2 * filter.reach()),
      rows_(height + 2 * filter.reach()),
      sums_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_)) {
  const auto size = static_cast<std::size_t>(2 * filter.reach() + 1);
  pixel_.resize(size * size);
}

void FilmTile::add(float offset_x, float offset_y, const Radiance& sample) {
  const int reach = filter_->reach();
  auto sums = pixel_.begin();
  for (int dy = -reach; dy <= reach; ++dy) {
    const float weight_y = filter_->weight(offset_y - static_cast<float>(dy));
    for (int dx = -reach; dx <= reach; ++dx, ++sums) {
      const float weight = weight_y * filter_->weight(offset_x - static_cast<float>(dx));
      for (std::size_t c = 0; c < 4; ++c) (*sums)[c] += weight * sample[c];
      (*sums)[4] += weight;
    }
  }
  ++pixel_samples_;
}

void FilmTile::finish_pixel(int x, int y) {
  if (pixel_samples_ > 0) spread(x, y, 1.0F / static_cast<float>(pixel_samples_));
}

void FilmTile::skip_pixel(int x, int y, const Radiance& radiance) {
  const int reach = filter_->reach();
  auto sums = pixel_.begin();
  for (int dy = -reach; dy <= reach; ++dy)
    for (int dx = -reach; dx <= reach; ++dx, ++sums) {
      const float weight = filter_->mean_weight(dx) * filter_->mean_weight(dy);
      for (std::size_t c = 0; c < 4; ++c) (*sums)[c] = weight * radiance[c];
      (*sums)[4] = weight;
    }
  spread(x, y, 1.0F);
}

void FilmTile::spread(int x, int y, float scale) {
  const int size = 2 * filter_->reach() + 1;
  for (int dy = 0; dy < size; ++dy)
    for (int dx = 0; dx < size; ++dx) {
      Sums& from = pixel_[static_cast<std::size_t>(dy * size + dx)];
      const int column = x - filter_->reach() - x0_ + dx, row = y - filter_->reach() - y0_ + dy;
      Sums& to = sums_[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
                       static_cast<std::size_t>(column)];
      for (std::size_t c = 0; c < kChannels; ++c) to[c] += scale * from[c];
      from = {};
    }
  pixel_samples_ = 0;
}

Film::Film(int width, int height)
    : width_(width),
      height_(height),
      sums_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {}

void Film::add(const FilmTile& tile) {
  for (int row = 0; row < tile.rows_; ++row)
    for (int column = 0; column < tile.columns_; ++column) {
      const int x = tile.x0_ + column, y = tile.y0_ + row;
      if (x < 0 || y < 0 || x >= width_ || y >= height_) continue;
      FilmTile::Sums& to =
          sums_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)];
      const FilmTile::Sums& from =
          tile.sums_[static_cast<std::size_t>(row) * static_cast<std::size_t>(tile.columns_) +
                     static_cast<std::size_t>(column)];
      for (std::size_t c = 0; c < to.size(); ++c) to[c] += from[c];
    }
}

ImageF Film::radiance() const {
  ImageF image(width_, height_, 4);
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const float weight = sums_[i][4];
    for (std::size_t c = 0; c < 4; ++c) image.pixels[4 * i + c] = weight > 0 ? sums_[i][c] / weight : 0.0F;
  }
  return image;
}

}  // namespace funcorr
