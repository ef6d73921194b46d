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
      x0_(x0),
      y0_(y0),
      width_(width),
      height_(height),
      pixels_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {}

FilmTile::Pixel& FilmTile::at(int x, int y) {
  return pixels_[static_cast<std::size_t>(y - y0_) * static_cast<std::size_t>(width_) +
                 static_cast<std::size_t>(x - x0_)];
}

void FilmTile::add(int x, int y, const Vec2f& offset, const Radiance& sample) {
  const int reach = filter_->reach();
  Pixel& pixel = at(x, y);
  pixel.spread.resize(static_cast<std::size_t>((2 * reach + 1) * (2 * reach + 1)));
  auto sums = pixel.spread.begin();
  for (int dy = -reach; dy <= reach; ++dy) {
    const float weight_y = filter_->weight(offset.y - static_cast<float>(dy));
    for (int dx = -reach; dx <= reach; ++dx, ++sums) {
      const float weight = weight_y * filter_->weight(offset.x - static_cast<float>(dx));
      for (std::size_t c = 0; c < 4; ++c) (*sums)[c] += weight * sample[c];
      (*sums)[4] += weight;
    }
  }
  const Vec3f color{sample[0], sample[1], sample[2]};
  pixel.sum += color;
  pixel.sum_of_squares += color * color;
  pixel.alpha_sum += sample[3];
  pixel.alpha_sum_of_squares += sample[3] * sample[3];
  ++pixel.samples;
}

void FilmTile::fill(int x, int y, const Radiance& radiance) {
  const int reach = filter_->reach();
  Pixel& pixel = at(x, y);
  pixel.spread.clear();
  for (int dy = -reach; dy <= reach; ++dy)
    for (int dx = -reach; dx <= reach; ++dx) {
      const float weight = filter_->mean_weight(dx) * filter_->mean_weight(dy);
      pixel.spread.push_back(
          {weight * radiance[0], weight * radiance[1], weight * radiance[2], weight * radiance[3], weight});
    }
}

int FilmTile::samples(int x, int y) const { return at(x, y).samples; }

FilmTile::Statistics FilmTile::statistics(int x, int y) const {
  const Pixel& pixel = at(x, y);
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
    for (int x = tile.x0(); x < tile.x0() + tile.width(); ++x)
      add(tile.at(x, y), x, y, tile.filter_->reach());
}

void Film::add(const FilmTile::Pixel& pixel, int x, int y, int reach) {
  if (pixel.spread.empty()) return;
  const float scale = 1.0F / static_cast<float>(std::max(1, pixel.samples));
  auto from = pixel.spread.begin();
  for (int to_y = y - reach; to_y <= y + reach; ++to_y)
    for (int to_x = x - reach; to_x <= x + reach; ++to_x, ++from) {
      if (to_x < 0 || to_y < 0 || to_x >= width_ || to_y >= height_) continue;
      FilmTile::Sums& to = sums_[static_cast<std::size_t>(to_y) * static_cast<std::size_t>(width_) +
                                 static_cast<std::size_t>(to_x)];
      for (std::size_t c = 0; c < to.size(); ++c) to[c] += scale * (*from)[c];
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
