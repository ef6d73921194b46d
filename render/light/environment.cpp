#include "render/light/environment.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace funcorr {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr int kLargestWidth = 2048;

ImageF three_clean_channels(const ImageF& source) {
  ImageF map(source.width, source.height, 3);
  for (int y = 0; y < source.height; ++y)
    for (int x = 0; x < source.width; ++x)
      for (int c = 0; c < 3; ++c) {
        const float value = source.at(x, y)[source.channels < 3 ? 0 : c];
        map.at(x, y)[c] = std::isfinite(value) ? std::max(value, 0.0F) : 0.0F;
      }
  return map;
}

ImageF halved(const ImageF& map) {
  ImageF half(map.width / 2, std::max(1, map.height / 2), 3);
  for (int y = 0; y < half.height; ++y)
    for (int x = 0; x < half.width; ++x)
      for (int c = 0; c < 3; ++c) {
        const int y1 = std::min(2 * y + 1, map.height - 1);
        half.at(x, y)[c] = 0.25F * (map.at(2 * x, 2 * y)[c] + map.at(2 * x + 1, 2 * y)[c] +
                                    map.at(2 * x, y1)[c] + map.at(2 * x + 1, y1)[c]);
      }
  return half;
}

// Mean over each texel of the bilinearly interpolated radiance: the tent filter 1/8, 3/4, 1/8 per axis.
std::vector<float> texel_weights(const ImageF& map) {
  const auto luminance = [&map](int x, int y) {
    const float* c = map.at((x + map.width) % map.width, std::clamp(y, 0, map.height - 1));
    return 0.2126F * c[0] + 0.7152F * c[1] + 0.0722F * c[2];
  };
  std::vector<float> weights;
  weights.reserve(map.pixels.size() / 3);
  for (int y = 0; y < map.height; ++y)
    for (int x = 0; x < map.width; ++x) {
      float sum = 0;
      for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx)
          sum += luminance(x + dx, y + dy) * (dx == 0 ? 0.75F : 0.125F) * (dy == 0 ? 0.75F : 0.125F);
      weights.push_back(sum);
    }
  return weights;
}

}  // namespace

Environment::Environment(const ImageF& lat_long) {
  if (lat_long.width <= 0 || lat_long.height <= 0 || lat_long.channels <= 0)
    throw std::invalid_argument("the environment map is empty");
  map_ = three_clean_channels(lat_long);
  while (map_.width > kLargestWidth) map_ = halved(map_);
  for (int y = 0; y <= map_.height; ++y)
    row_cosine_.push_back(
        static_cast<float>(std::cos(std::numbers::pi * static_cast<double>(y) / map_.height)));
  std::vector<float> weights = texel_weights(map_);
  for (int y = 0; y < map_.height; ++y)
    for (int x = 0; x < map_.width; ++x)
      weights[static_cast<std::size_t>(y) * static_cast<std::size_t>(map_.width) +
              static_cast<std::size_t>(x)] *= solid_angle(y);
  try {
    cells_ = CellDistribution(weights, map_.width, map_.height);
  } catch (const std::invalid_argument&) {
    throw std::invalid_argument("the environment map gives no light: every pixel is black");
  }
}

float Environment::solid_angle(int row) const {
  const auto y = static_cast<std::size_t>(row);
  return (row_cosine_[y] - row_cosine_[y + 1]) * 2.0F * kPi / static_cast<float>(map_.width);
}

Vec3f Environment::lookup(float u, float v) const {
  const float x = u * static_cast<float>(map_.width) - 0.5F, y = v * static_cast<float>(map_.height) - 0.5F;
  const float x_floor = std::floor(x), y_floor = std::floor(y);
  const float right = x - x_floor, lower = y - y_floor;
  const int x0 = (static_cast<int>(x_floor) + map_.width) % map_.width, x1 = (x0 + 1) % map_.width;
  const int y0 = std::clamp(static_cast<int>(y_floor), 0, map_.height - 1);
  const int y1 = std::clamp(static_cast<int>(y_floor) + 1, 0, map_.height - 1);
  const auto texel = [this](int tx, int ty) {
    const float* c = map_.at(tx, ty);
    return Vec3f{c[0], c[1], c[2]};
  };
  return (texel(x0, y0) * (1 - right) + texel(x1, y0) * right) * (1 - lower) +
         (texel(x0, y1) * (1 - right) + texel(x1, y1) * right) * lower;
}

Vec3f Environment::radiance(const Vec3f& d) const {
  return lookup(0.5F - std::atan2(d.y, d.x) / (2.0F * kPi), std::acos(std::clamp(d.z, -1.0F, 1.0F)) / kPi);
}

Environment::Sample Environment::sample(const Vec2f& u) const {
  const CellDistribution::Cell cell = cells_.sample(u);
  const auto row = static_cast<std::size_t>(cell.y);
  const float map_u = (static_cast<float>(cell.x) + cell.within.x) / static_cast<float>(map_.width);
  const float cosine = row_cosine_[row] + cell.within.y * (row_cosine_[row + 1] - row_cosine_[row]);
  const float sine = std::sqrt(std::max(0.0F, 1.0F - cosine * cosine));
  const float phi = (0.5F - map_u) * 2.0F * kPi;
  return {{sine * std::cos(phi), sine * std::sin(phi), cosine},
          lookup(map_u, std::acos(cosine) / kPi),
          cell.probability / solid_angle(cell.y)};
}

float Environment::pdf(const Vec3f& d) const {
  const float u = 0.5F - std::atan2(d.y, d.x) / (2.0F * kPi);
  const int x = std::clamp(static_cast<int>(u * static_cast<float>(map_.width)), 0, map_.width - 1);
  const float v = std::acos(std::clamp(d.z, -1.0F, 1.0F)) / kPi;
  const int y = std::clamp(static_cast<int>(v * static_cast<float>(map_.height)), 0, map_.height - 1);
  return cells_.probability(x, y) / solid_angle(y);
}

}  // namespace funcorr
