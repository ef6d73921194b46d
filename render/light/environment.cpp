#include "render/light/environment.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "db/format/npy.h"

namespace funcorr {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr int kLargestWidth = 2048;
constexpr int kFacingsAcross = 16;       // classes of normals: cells of an octahedral map of the sphere
constexpr double kSmallLamps = 0.1;      // steradians
constexpr float kCosineSoftness = 0.2F;  // radians; about the size of a block and of a class of normals

constexpr float kLargestHalf = 65504;

ImageF three_channels(const ImageF& source) {
  ImageF map(source.width, source.height, 3);
  for (int y = 0; y < source.height; ++y)
    for (int x = 0; x < source.width; ++x)
      for (int c = 0; c < 3; ++c) map.at(x, y)[c] = source.at(x, y)[source.channels < 3 ? 0 : c];
  return map;
}

// Of the texels around that are numbers, across the seam too; 0 where there are none.
float mean_around(const ImageF& map, int x, int y, int channel) {
  float sum = 0, numbers = 0;
  for (int v = std::max(y - 1, 0); v <= std::min(y + 1, map.height - 1); ++v)
    for (int u = x - 1; u <= x + 1; ++u) {
      const float value = map.at((u + map.width) % map.width, v)[channel];
      if (std::isnan(value)) continue;
      sum += value;
      numbers += 1;
    }
  return numbers > 0 ? sum / numbers : 0.0F;
}

// Radiance that is finite and not negative.
Environment::Mended mend(ImageF& map) {
  Environment::Mended mended;
  const auto count = [&map](auto is_broken) {
    std::int64_t texels = 0;
    for (std::size_t i = 0; i < map.pixels.size(); i += 3)
      texels += std::any_of(&map.pixels[i], &map.pixels[i] + 3, is_broken) ? 1 : 0;
    return texels;
  };
  mended.infinite = count([](float value) { return std::isinf(value); });
  mended.undefined = count([](float value) { return std::isnan(value); });
  for (float& value : map.pixels) {
    if (std::isinf(value)) value = std::copysign(kLargestHalf, value);
    if (value < 0.0F) value = 0.0F;
  }
  if (mended.undefined == 0) return mended;
  const ImageF broken = map;
  for (int y = 0; y < map.height; ++y)
    for (int x = 0; x < map.width; ++x)
      for (int c = 0; c < 3; ++c)
        if (float& value = map.at(x, y)[c]; std::isnan(value)) value = mean_around(broken, x, y, c);
  return mended;
}

ImageF halved(const ImageF& map) {
  ImageF half(map.width / 2, std::max(1, map.height / 2), map.channels);
  for (int y = 0; y < half.height; ++y)
    for (int x = 0; x < half.width; ++x)
      for (int c = 0; c < map.channels; ++c) {
        const int y1 = std::min(2 * y + 1, map.height - 1);
        half.at(x, y)[c] = 0.25F * (map.at(2 * x, 2 * y)[c] + map.at(2 * x + 1, 2 * y)[c] +
                                    map.at(2 * x, y1)[c] + map.at(2 * x + 1, y1)[c]);
      }
  return half;
}

// Single precision from half, for values ≥ 0 that are finite: the exponents' offsets differ by 112, the
// lengths of the mantissas by 13.
float from_half(std::uint16_t half) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(half) << 13) * 0x1p112F;
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

Vec2f map_position(const Vec3f& d) {
  return {0.5F - fast_atan2(d.y, d.x) / (2.0F * kPi), fast_acos(d.z) / kPi};
}

}  // namespace

Environment::Environment(const ImageF& lat_long) {
  if (lat_long.width <= 0 || lat_long.height <= 0 || lat_long.channels <= 0)
    throw std::invalid_argument("the environment map is empty");
  ImageF map = three_channels(lat_long);
  mended_ = mend(map);
  while (map.width > kLargestWidth) map = halved(map);
  width_ = map.width;
  height_ = map.height;
  columns_ = (width_ + kBlock - 1) / kBlock;
  rows_ = (height_ + kBlock - 1) / kBlock;
  const auto cosine = [this](int y) { return std::cos(std::numbers::pi * y / height_); };
  for (int y = 0; y <= height_; ++y) row_cosine_.push_back(static_cast<float>(cosine(y)));
  for (int y = 0; y < height_; ++y)
    texel_density_.push_back(
        static_cast<float>(width_ / ((cosine(y) - cosine(y + 1)) * 2.0 * std::numbers::pi)));
  const std::vector<float> weights = texel_weights(map);
  if (std::ranges::all_of(weights, [](float weight) { return weight <= 0.0F; }))
    throw std::invalid_argument("the environment map gives no light: every pixel is black");
  double squared = 0;  // luminance, over the sphere
  for (std::size_t i = 0; i < weights.size(); ++i)
    squared += static_cast<double>(weights[i]) * static_cast<double>(weights[i]) *
               static_cast<double>(texel_density(static_cast<int>(i) / width_));
  for (const float weight : weights)
    mean_luminance_ += static_cast<double>(weight) / (4.0 * std::numbers::pi);
  const double light = mean_luminance_ * 4.0 * std::numbers::pi;
  has_small_lamps_ = light * light < kSmallLamps * squared;
  store_radiance(map);
  make_blocks(weights);
}

// The scale leaves ordinary maps as they are and fits those with a sun into a half float's range.
void Environment::store_radiance(const ImageF& map) {
  const float brightest = std::ranges::max(map.pixels);
  while (brightest > scale_ * kLargestHalf) scale_ *= 2;
  texels_.reserve(map.pixels.size() / 3);
  for (std::size_t i = 0; i < map.pixels.size(); i += 3)
    texels_.push_back({half_from_float(map.pixels[i] / scale_), half_from_float(map.pixels[i + 1] / scale_),
                       half_from_float(map.pixels[i + 2] / scale_), 0});
}

// Mean over each texel of the bilinearly interpolated luminance — the tent filter 1/8, 3/4, 1/8 per axis —
// times its solid angle.
std::vector<float> Environment::texel_weights(const ImageF& map) const {
  const auto luminance = [&map](int x, int y) {
    const float* c = map.at((x + map.width) % map.width, std::clamp(y, 0, map.height - 1));
    return 0.2126F * c[0] + 0.7152F * c[1] + 0.0722F * c[2];
  };
  std::vector<float> weights;
  weights.reserve(map.pixels.size() / 3);
  for (int y = 0; y < height_; ++y)
    for (int x = 0; x < width_; ++x) {
      float sum = 0;
      for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx)
          sum += luminance(x + dx, y + dy) * (dx == 0 ? 0.75F : 0.125F) * (dy == 0 ? 0.75F : 0.125F);
      weights.push_back(sum / texel_density(y));
    }
  return weights;
}

void Environment::make_blocks(const std::vector<float>& weights) {
  std::vector<float> block_weights, block(kBlock * kBlock);
  for (int row = 0; row < rows_; ++row)
    for (int column = 0; column < columns_; ++column) {
      double sum = 0;
      for (int i = 0; i < kBlock * kBlock; ++i) {
        const int x = column * kBlock + i % kBlock, y = row * kBlock + i / kBlock;
        const bool inside = x < width_ && y < height_;
        const float weight = inside ? weights[texel_index(x, y)] : 0.0F;
        block[static_cast<std::size_t>(i)] = weight;
        sum += static_cast<double>(weight);
      }
      blocks_.push_back(sum > 0 ? CellDistribution(block, kBlock, kBlock) : CellDistribution());
      if (sum > 0) note_probabilities(column * kBlock, row * kBlock);
      block_weights.push_back(static_cast<float>(sum));
    }
  make_facings(block_weights);
}

void Environment::note_probabilities(int x0, int y0) {
  for (int y = y0; y < std::min(y0 + kBlock, height_); ++y)
    for (int x = x0; x < std::min(x0 + kBlock, width_); ++x)
      texels_[texel_index(x, y)][3] =
          half_from_float(blocks_.back().probability(x - x0, y - y0) * kBlock * kBlock);
}

void Environment::make_facings(const std::vector<float>& block_weights) {
  std::vector<Vec3f> middle;
  for (int row = 0; row < rows_; ++row)
    for (int column = 0; column < columns_; ++column) {
      const auto share = [](int block, int size) {
        return (static_cast<float>(block * kBlock + std::min((block + 1) * kBlock, size))) /
               static_cast<float>(2 * size);
      };
      const float phi = (0.5F - share(column, width_)) * 2.0F * kPi, theta = share(row, height_) * kPi;
      middle.push_back({std::sin(theta) * std::cos(phi), std::sin(theta) * std::sin(phi), std::cos(theta)});
    }
  std::vector<float> weights(block_weights.size());
  for (int i = 0; i < kFacingsAcross * kFacingsAcross; ++i) {
    const auto centre = [](int cell) {
      return (static_cast<float>(cell) + 0.5F) * 2.0F / kFacingsAcross - 1.0F;
    };
    const Vec3f normal = from_octahedron(centre(i % kFacingsAcross), centre(i / kFacingsAcross));
    for (std::size_t b = 0; b < weights.size(); ++b)
      weights[b] = block_weights[b] * soft_cosine(dot(normal, middle[b]));
    facings_.emplace_back(weights, columns_, rows_);
  }
  facings_.emplace_back(block_weights, columns_, rows_);
}

int Environment::facing(const Vec3f& normal) const {
  const Vec2f position = to_octahedron(normal);
  const auto cell = [](float x) {
    return std::clamp(static_cast<int>((x + 1.0F) * (0.5F * kFacingsAcross)), 0, kFacingsAcross - 1);
  };
  return cell(position.y) * kFacingsAcross + cell(position.x);
}

Environment::Corners Environment::corners(const Vec2f& place) const {
  const float x = place.x * static_cast<float>(width_), y = place.y * static_cast<float>(height_);
  const int left = static_cast<int>(x + 0.5F) - 1, upper = static_cast<int>(y + 0.5F) - 1;
  const int x0 = left < 0 ? left + width_ : std::min(left, width_ - 1);
  const int x1 = x0 + 1 < width_ ? x0 + 1 : 0;
  const int y0 = std::max(upper, 0), y1 = std::min(upper + 1, height_ - 1);
  const int own_x = static_cast<int>(x) > left ? 1 : 0, own_y = static_cast<int>(y) > upper ? 1 : 0;
  const auto texel = [this](int column, int row) { return &texels_[texel_index(column, row)]; };
  return {{texel(x0, y0), texel(x1, y0), texel(x0, y1), texel(x1, y1)},
          x - 0.5F - static_cast<float>(left),
          y - 0.5F - static_cast<float>(upper),
          2 * own_y + own_x,
          own_y == 1 ? y1 : y0};
}

Vec3f Environment::bilinear(const Corners& corners) const {
  const auto& [texel, right, lower, own, row] = corners;
  const float weight[4] = {(1 - right) * (1 - lower), right * (1 - lower), (1 - right) * lower,
                           right * lower};
  std::array<float, 4> sum{};
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t c = 0; c < 4; ++c) sum[c] += weight[i] * from_half((*texel[i])[c]);
  return Vec3f{sum[0], sum[1], sum[2]} * scale_;
}

Vec3f Environment::radiance(const Vec3f& direction) const {
  return bilinear(corners(map_position(direction)));
}

Vec2f Environment::locate(const Vec3f& direction) const {
  const Vec2f place = map_position(direction);
  fetch(place);
  return place;
}

void Environment::fetch(const Vec2f& place) const {
  for (const Texel* corner : corners(place).texel) __builtin_prefetch(corner);
}

Vec3f Environment::radiance_at(const Vec2f& place) const { return bilinear(corners(place)); }

Environment::Sample Environment::sample(const Vec2f& u, int facing) const {
  const CellDistribution::Cell block = facings_[static_cast<std::size_t>(facing)].sample(u);
  const CellDistribution::Cell texel =
      blocks_[static_cast<std::size_t>(block.y * columns_ + block.x)].sample(block.within);
  const int x = block.x * kBlock + texel.x, y = block.y * kBlock + texel.y;
  const auto row = static_cast<std::size_t>(y);
  const float map_u = (static_cast<float>(x) + texel.within.x) / static_cast<float>(width_);
  const float cosine = row_cosine_[row] + texel.within.y * (row_cosine_[row + 1] - row_cosine_[row]);
  const float sine = std::sqrt(std::max(0.0F, 1.0F - cosine * cosine));
  const float phi = (0.5F - map_u) * 2.0F * kPi;
  const Vec2f place{map_u, fast_acos(cosine) / kPi};
  fetch(place);
  return {{sine * std::cos(phi), sine * std::sin(phi), cosine},
          block.probability * texel.probability * texel_density(y),
          place};
}

Environment::Light Environment::at(const Vec2f& place, int facing) const {
  const auto block = [](float share, int size) {
    return std::clamp(static_cast<int>(share * static_cast<float>(size)), 0, size - 1) / kBlock;
  };
  const Corners around = corners(place);
  const float probability =
      facings_[static_cast<std::size_t>(facing)].probability(block(place.x, width_), block(place.y, height_));
  const float within_block =
      from_half((*around.texel[static_cast<std::size_t>(around.own)])[3]) / (kBlock * kBlock);
  return {bilinear(around), probability * within_block * texel_density(around.row)};
}

}  // namespace funcorr
