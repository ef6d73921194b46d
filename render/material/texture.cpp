#include "render/material/texture.h"

#include <algorithm>
#include <cmath>

namespace funcorr {
namespace {

std::array<float, 256> decode_table(Encoding encoding) {
  std::array<float, 256> table{};
  for (std::size_t code = 0; code < 256; ++code) {
    const double value = static_cast<double>(code) / 255.0;
    const double srgb = value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    table[code] = static_cast<float>(encoding == Encoding::kSrgb ? srgb : value);
  }
  return table;
}

const std::array<float, 256>& decoding(Encoding encoding) {
  static const std::array<float, 256> srgb = decode_table(Encoding::kSrgb);
  static const std::array<float, 256> linear = decode_table(Encoding::kLinear);
  return encoding == Encoding::kSrgb ? srgb : linear;
}

// std::floor is a call on CPUs before SSE 4.1. |x| < 2³¹.
int floor_to_int(float x) {
  const int truncated = static_cast<int>(x);
  return truncated - (static_cast<float>(truncated) > x ? 1 : 0);
}
float floor_of(float x) {
  return std::abs(x) < 0x1p23F ? static_cast<float>(floor_to_int(x)) : x;  // from 2²³ on all are whole
}

// A coordinate brought into 0…1 by its wrap mode.
float wrapped(float t, Wrap wrap) {
  if (!std::isfinite(t)) return 0.0F;
  switch (wrap) {
    case Wrap::kClamp:
      return std::clamp(t, 0.0F, 1.0F);
    case Wrap::kMirror: {
      const float period = t - 2.0F * floor_of(t * 0.5F);
      return period > 1.0F ? 2.0F - period : period;
    }
    case Wrap::kRepeat:
      break;
  }
  return t - floor_of(t);
}

// A texel index of −1…size brought into 0…size−1: across the seam when repeated, else the edge's.
int wrapped_texel(int i, int size, Wrap wrap) {
  if (wrap == Wrap::kRepeat) return i < 0 ? i + size : i >= size ? i - size : i;
  return std::clamp(i, 0, size - 1);
}

constexpr int kLinearSteps = 1 << 14;  // the steepest part of the sRGB curve moves 0.2 codes a step

const std::vector<std::uint8_t>& srgb_codes() {
  static const std::vector<std::uint8_t> codes = [] {
    std::vector<std::uint8_t> table;
    for (int i = 0; i <= kLinearSteps; ++i)
      table.push_back(srgb8_from_linear(static_cast<float>(i) / kLinearSteps));
    return table;
  }();
  return codes;
}

// Half as wide and high (not below 1); the last column or row of an odd size is left out.
Image8 halved(const Image8& image, Encoding encoding) {
  Image8 half(std::max(1, image.width / 2), std::max(1, image.height / 2), image.channels);
  const std::array<float, 256>& decode = decoding(encoding);
  const std::vector<std::uint8_t>& codes = srgb_codes();
  const int colors = image.channels < 3 ? 1 : 3;
  for (int y = 0; y < half.height; ++y)
    for (int x = 0; x < half.width; ++x) {
      const int x1 = std::min(2 * x + 1, image.width - 1), y1 = std::min(2 * y + 1, image.height - 1);
      const std::array<const std::uint8_t*, 4> texel = {image.at(2 * x, 2 * y), image.at(x1, 2 * y),
                                                        image.at(2 * x, y1), image.at(x1, y1)};
      std::uint8_t* target = half.at(x, y);
      for (int c = 0; c < image.channels; ++c) {
        if (encoding == Encoding::kSrgb && c < colors) {
          const float sum =
              decode[texel[0][c]] + decode[texel[1][c]] + decode[texel[2][c]] + decode[texel[3][c]];
          target[c] = codes[static_cast<std::size_t>(0.25F * sum * kLinearSteps + 0.5F)];
        } else {
          target[c] =
              static_cast<std::uint8_t>((texel[0][c] + texel[1][c] + texel[2][c] + texel[3][c] + 2) / 4);
        }
      }
    }
  return half;
}

}  // namespace

float linear_from_srgb8(std::uint8_t code) { return decoding(Encoding::kSrgb)[code]; }

float srgb_from_linear(float linear) {
  const float c = std::clamp(linear, 0.0F, 1.0F);
  return c <= 0.0031308F ? 12.92F * c : 1.055F * std::pow(c, 1.0F / 2.4F) - 0.055F;
}

std::uint8_t srgb8_from_linear(float linear) {
  return static_cast<std::uint8_t>(std::lround(255.0F * srgb_from_linear(linear)));
}

MipMap::MipMap(const Image8& image, Encoding encoding) : image_(&image), encoding_(encoding) {
  while (level(levels() - 1).width > 1 || level(levels() - 1).height > 1)
    halved_.push_back(halved(level(levels() - 1), encoding));
}

TextureLookup::TextureLookup(const TextureRef& ref, const MipMap& mip_map)
    : mip_map_(&mip_map),
      uv_set_(std::clamp(ref.uv_set, 0, 1)),
      wrap_u_(ref.wrap_u),
      wrap_v_(ref.wrap_v),
      decode_(&decoding(mip_map.encoding())) {
  const auto to_float = [](const Vec2d& v) {
    return Vec2f{static_cast<float>(v.x), static_cast<float>(v.y)};
  };
  const Vec2d origin = ref.transformed({0, 0});
  offset_ = to_float(origin);
  u_axis_ = to_float(ref.transformed({1, 0}) - origin);
  v_axis_ = to_float(ref.transformed({0, 1}) - origin);
  const Image8& image = mip_map.level(0);
  const float stretch = std::abs(u_axis_.x * v_axis_.y - u_axis_.y * v_axis_.x);
  texels_per_unit_ = std::sqrt(stretch * static_cast<float>(image.width) * static_cast<float>(image.height));
}

std::array<float, 4> TextureLookup::at(const Vec2f& uv, float footprint) const {
  if (mip_map_ == nullptr) return {1, 1, 1, 1};
  const float texels = footprint * texels_per_unit_;
  const int level = texels >= 2.0F ? std::min(std::ilogb(texels), mip_map_->levels() - 1) : 0;
  const Image8& image = mip_map_->level(level);
  const Vec2f st = offset_ + u_axis_ * uv.x + v_axis_ * uv.y;
  const float x = wrapped(st.x, wrap_u_) * static_cast<float>(image.width) - 0.5F;
  const float y = wrapped(st.y, wrap_v_) * static_cast<float>(image.height) - 0.5F;
  const int x_floor = floor_to_int(x), y_floor = floor_to_int(y);
  const float right = x - static_cast<float>(x_floor), lower = y - static_cast<float>(y_floor);
  const int x0 = wrapped_texel(x_floor, image.width, wrap_u_);
  const int x1 = wrapped_texel(x_floor + 1, image.width, wrap_u_);
  const int y0 = wrapped_texel(y_floor, image.height, wrap_v_);
  const int y1 = wrapped_texel(y_floor + 1, image.height, wrap_v_);
  const std::array<const std::uint8_t*, 4> texel = {image.at(x0, y0), image.at(x1, y0), image.at(x0, y1),
                                                    image.at(x1, y1)};
  const std::array<float, 4> weight = {(1 - right) * (1 - lower), right * (1 - lower), (1 - right) * lower,
                                       right * lower};
  std::array<float, 4> sum{0, 0, 0, 1};
  const std::array<float, 256>& decode = *decode_;
  if (image.channels < 3) {
    for (std::size_t i = 0; i < 4; ++i) sum[0] += weight[i] * decode[texel[i][0]];
    sum[1] = sum[2] = sum[0];
  } else {
    for (std::size_t i = 0; i < 4; ++i)
      for (std::size_t c = 0; c < 3; ++c) sum[c] += weight[i] * decode[texel[i][c]];
  }
  if (image.channels == 2 || image.channels == 4) {
    float alpha = 0;
    for (std::size_t i = 0; i < 4; ++i) alpha += weight[i] * static_cast<float>(texel[i][image.channels - 1]);
    sum[3] = alpha / 255.0F;
  }
  return sum;
}

}  // namespace funcorr
