#include "render/film/film.h"

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
      x0_(x0),
      y0_(y0),
      width_(width),
      height_(height),
      pixels_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {}

std::size_t FilmTile::spread_size() const {
  const auto side = static_cast<std::size_t>(2 * filter_->reach() + 1);
  return side * side;
}

void FilmTile::add(int x, int y, const Vec2f& offset, const Radiance& sample) {
  const int reach = filter_->reach();
  if (spread_.empty()) spread_.resize(pixels_.size() * spread_size());
  auto sums = spread_.begin() + static_cast<std::ptrdiff_t>(index(x, y) * spread_size());
  for (int dy = -reach; dy <= reach; ++dy) {
    const float weight_y = filter_->weight(offset.y - static_cast<float>(dy));
    for (int dx = -reach; dx <= reach; ++dx, ++sums) {
      const float weight = weight_y * filter_->weight(offset.x - static_cast<float>(dx));
      for (std::size_t c = 0; c < 4; ++c) (*sums)[c] += weight * sample[c];
      (*sums)[4] += weight;
    }
  }
  Pixel& pixel = pixels_[index(x, y)];
  const Vec3f color{sample[0], sample[1], sample[2]};
  pixel.sum += color;
  pixel.sum_of_squares += color * color;
  pixel.alpha_sum += sample[3];
  pixel.alpha_sum_of_squares += sample[3] * sample[3];
  ++pixel.samples;
}

void FilmTile::fill(int x, int y, const Radiance& radiance) {
  Pixel& pixel = pixels_[index(x, y)];
  pixel.filled = true;
  pixel.sum = {radiance[0], radiance[1], radiance[2]};
  pixel.alpha_sum = radiance[3];
}

int FilmTile::samples(int x, int y) const { return pixels_[index(x, y)].samples; }

FilmTile::Statistics FilmTile::statistics(int x, int y) const {
  const Pixel& pixel = pixels_[index(x, y)];
  Statistics statistics;
  if (pixel.samples < 2) return statistics;
  const auto n = static_cast<float>(pixel.samples);
  const auto variance = [n](float sum, float sum_of_squares) {
    return std::max(0.0F, (sum_of_squares - sum * sum / n) / (n - 1));
  };
  statistics.mean = pixel.sum / n;
  for (int c = 0; c < 3; ++c) statistics.variance[c] = variance(pixel.sum[c], pixel.sum_of_squares[c]);
  statistics.alpha_variance = variance(pixel.alpha_sum, pixel.alpha_sum_of_squares);
  return statistics;
}

Film::Film(int width, int height)
    : width_(width),
      height_(height),
      sums_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {}

void Film::add(const FilmTile& tile) {
  for (int y = tile.y0(); y < tile.y0() + tile.height(); ++y)
    for (int x = tile.x0(); x < tile.x0() + tile.width(); ++x) {
      const FilmTile::Pixel& pixel = tile.pixels_[tile.index(x, y)];
      if (pixel.samples > 0) add_samples(tile, x, y);
      if (pixel.filled) add_filled(tile, x, y);
    }
}

FilmTile::Sums* Film::at(int x, int y) {
  if (x < 0 || y < 0 || x >= width_ || y >= height_) return nullptr;
  return &sums_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)];
}

void Film::add_samples(const FilmTile& tile, int x, int y) {
  const int reach = tile.filter_->reach();
  const std::size_t pixel = tile.index(x, y);
  const float scale = 1.0F / static_cast<float>(tile.pixels_[pixel].samples);
  auto from = tile.spread_.begin() + static_cast<std::ptrdiff_t>(pixel * tile.spread_size());
  for (int dy = -reach; dy <= reach; ++dy)
    for (int dx = -reach; dx <= reach; ++dx, ++from)
      if (FilmTile::Sums* to = at(x + dx, y + dy))
        for (std::size_t c = 0; c < to->size(); ++c) (*to)[c] += scale * (*from)[c];
}

void Film::add_filled(const FilmTile& tile, int x, int y) {
  const PixelFilter& filter = *tile.filter_;
  const FilmTile::Pixel& pixel = tile.pixels_[tile.index(x, y)];
  const FilmTile::Sums shown{pixel.sum.x, pixel.sum.y, pixel.sum.z, pixel.alpha_sum, 1};
  for (int dy = -filter.reach(); dy <= filter.reach(); ++dy)
    for (int dx = -filter.reach(); dx <= filter.reach(); ++dx)
      if (FilmTile::Sums* to = at(x + dx, y + dy)) {
        const float weight = filter.mean_weight(dx) * filter.mean_weight(dy);
        for (std::size_t c = 0; c < to->size(); ++c) (*to)[c] += weight * shown[c];
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
