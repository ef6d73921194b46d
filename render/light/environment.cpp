#include "render/light/environment.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace funcorr {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr int kLargestWidth = 2048;
constexpr int kBlocksAcross = 32;        // at least, where the map is as wide
constexpr int kFacingsAcross = 16;       // classes of normals: cells of an octahedral map of the sphere
constexpr float kCosineSoftness = 0.2F;  // radians; about the size of a block and of a class of normals

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

// The clamped cosine, smoothed to be positive everywhere: normals of one class, and directions of one block,
// differ.
float soft_cosine(float cosine) {
  return 0.5F * (cosine + std::sqrt(cosine * cosine + kCosineSoftness * kCosineSoftness));
}

// Octahedral map of the sphere (Cigolle et al. 2014).
Vec3f from_octahedron(float x, float y) {  // −1…1
  Vec3f n{x, y, 1.0F - std::abs(x) - std::abs(y)};
  if (n.z < 0.0F) {
    n.x = (1.0F - std::abs(y)) * std::copysign(1.0F, x);
    n.y = (1.0F - std::abs(x)) * std::copysign(1.0F, y);
  }
  return normalized(n);
}
Vec2f to_octahedron(const Vec3f& n) {
  const float size = std::abs(n.x) + std::abs(n.y) + std::abs(n.z);
  const float x = n.x / size, y = n.y / size;
  if (n.z >= 0.0F) return {x, y};
  return {(1.0F - std::abs(y)) * std::copysign(1.0F, x), (1.0F - std::abs(x)) * std::copysign(1.0F, y)};
}

// Polynomial of Abramowitz & Stegun 4.4.46; error below 3e-7 rad.
float fast_acos(float x) {
  const float a = std::min(std::abs(x), 1.0F);
  float p = -0.0012624911F;
  p = p * a + 0.0066700901F;
  p = p * a - 0.0170881256F;
  p = p * a + 0.0308918810F;
  p = p * a - 0.0501743046F;
  p = p * a + 0.0889789874F;
  p = p * a - 0.2145988016F;
  p = p * a + 1.5707963050F;
  const float angle = p * std::sqrt(1.0F - a);
  return x < 0.0F ? kPi - angle : angle;
}

// Abramowitz & Stegun 4.4.49 on the octant; error below 1e-6 rad.
float fast_atan2(float y, float x) {
  const float ax = std::abs(x), ay = std::abs(y), larger = std::max(ax, ay);
  if (!(larger > 0.0F)) return 0.0F;
  const float t = std::min(ax, ay) / larger, t2 = t * t;
  float p = 0.0028662257F;
  p = p * t2 - 0.0161657367F;
  p = p * t2 + 0.0429096138F;
  p = p * t2 - 0.0752896400F;
  p = p * t2 + 0.1065626393F;
  p = p * t2 - 0.1420889944F;
  p = p * t2 + 0.1999355085F;
  p = p * t2 - 0.3333314528F;
  float angle = (p * t2 + 1.0F) * t;
  if (ay > ax) angle = 0.5F * kPi - angle;
  if (x < 0.0F) angle = kPi - angle;
  return std::copysign(angle, y);
}

struct MapPosition {
  float u, v;
};
MapPosition map_position(const Vec3f& d) {
  return {0.5F - fast_atan2(d.y, d.x) / (2.0F * kPi), fast_acos(d.z) / kPi};
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
    texels_ = CellDistribution(weights, map_.width, map_.height);
  } catch (const std::invalid_argument&) {
    throw std::invalid_argument("the environment map gives no light: every pixel is black");
  }
  make_facings();
}

void Environment::make_facings() {
  while ((map_.width >> (block_level_ + 1)) >= kBlocksAcross && block_level_ + 1 < texels_.depth())
    ++block_level_;
  const int size = 1 << block_level_;
  const int columns = (map_.width + size - 1) / size, rows = (map_.height + size - 1) / size;
  std::vector<float> light;
  std::vector<Vec3f> middle;
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < columns; ++x) {
      light.push_back(texels_.weight(block_level_, x, y));
      const float phi = (0.5F - (static_cast<float>(x) + 0.5F) / static_cast<float>(columns)) * 2.0F * kPi;
      const float theta = std::min(1.0F, (static_cast<float>(y) + 0.5F) * static_cast<float>(size) /
                                             static_cast<float>(map_.height)) *
                          kPi;
      middle.push_back({std::sin(theta) * std::cos(phi), std::sin(theta) * std::sin(phi), std::cos(theta)});
    }
  std::vector<float> weights(light.size());
  for (int i = 0; i < kFacingsAcross * kFacingsAcross; ++i) {
    const auto centre = [](int cell) {
      return (static_cast<float>(cell) + 0.5F) * 2.0F / kFacingsAcross - 1.0F;
    };
    const Vec3f normal = from_octahedron(centre(i % kFacingsAcross), centre(i / kFacingsAcross));
    for (std::size_t b = 0; b < light.size(); ++b)
      weights[b] = light[b] * soft_cosine(dot(normal, middle[b]));
    facings_.emplace_back(weights, columns, rows);
  }
  facings_.emplace_back(light, columns, rows);
}

int Environment::facing(const Vec3f& normal) const {
  const Vec2f position = to_octahedron(normal);
  const auto cell = [](float x) {
    return std::clamp(static_cast<int>((x + 1.0F) * (0.5F * kFacingsAcross)), 0, kFacingsAcross - 1);
  };
  return cell(position.y) * kFacingsAcross + cell(position.x);
}

float Environment::solid_angle(int row) const {
  const auto y = static_cast<std::size_t>(row);
  return (row_cosine_[y] - row_cosine_[y + 1]) * 2.0F * kPi / static_cast<float>(map_.width);
}

Vec3f Environment::lookup(float u, float v) const {
  const float x = u * static_cast<float>(map_.width) - 0.5F, y = v * static_cast<float>(map_.height) - 0.5F;
  const int left = static_cast<int>(x + 1.0F) - 1, upper = static_cast<int>(y + 1.0F) - 1;  // floor: x ≥ −½
  const float right = x - static_cast<float>(left), lower = y - static_cast<float>(upper);
  const int x0 = left < 0 ? left + map_.width : std::min(left, map_.width - 1);
  const int x1 = x0 + 1 < map_.width ? x0 + 1 : 0;
  const int y0 = std::max(upper, 0), y1 = std::min(upper + 1, map_.height - 1);
  const auto texel = [this](int tx, int ty) {
    const float* c = map_.at(tx, ty);
    return Vec3f{c[0], c[1], c[2]};
  };
  return (texel(x0, y0) * (1 - right) + texel(x1, y0) * right) * (1 - lower) +
         (texel(x0, y1) * (1 - right) + texel(x1, y1) * right) * lower;
}

Vec3f Environment::radiance(const Vec3f& direction) const {
  const MapPosition position = map_position(direction);
  return lookup(position.u, position.v);
}

Environment::Sample Environment::sample(const Vec2f& u, int facing) const {
  const CellDistribution::Cell block = facings_[static_cast<std::size_t>(facing)].sample(u);
  const CellDistribution::Cell texel = texels_.sample_within(block, block_level_);
  const auto row = static_cast<std::size_t>(texel.y);
  const float map_u = (static_cast<float>(texel.x) + texel.within.x) / static_cast<float>(map_.width);
  const float cosine = row_cosine_[row] + texel.within.y * (row_cosine_[row + 1] - row_cosine_[row]);
  const float sine = std::sqrt(std::max(0.0F, 1.0F - cosine * cosine));
  const float phi = (0.5F - map_u) * 2.0F * kPi;
  return {{sine * std::cos(phi), sine * std::sin(phi), cosine},
          lookup(map_u, fast_acos(cosine) / kPi),
          block.probability * texel.probability / solid_angle(texel.y)};
}

Environment::Sample Environment::at(const Vec3f& direction, int facing) const {
  const MapPosition position = map_position(direction);
  const int x = std::clamp(static_cast<int>(position.u * static_cast<float>(map_.width)), 0, map_.width - 1);
  const int y =
      std::clamp(static_cast<int>(position.v * static_cast<float>(map_.height)), 0, map_.height - 1);
  const int block_x = x >> block_level_, block_y = y >> block_level_;
  const float in_block = texels_.weight(block_level_, block_x, block_y);
  const float probability = in_block > 0.0F
                                ? facings_[static_cast<std::size_t>(facing)].probability(block_x, block_y) *
                                      texels_.weight(0, x, y) / in_block
                                : 0.0F;
  return {direction, lookup(position.u, position.v), probability / solid_angle(y)};
}

}  // namespace funcorr
