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

// A coordinate brought into 0…1 by its wrap mode.
float wrapped(float t, Wrap wrap) {
  if (!std::isfinite(t)) return 0.0F;
  switch (wrap) {
    case Wrap::kClamp:
      return std::clamp(t, 0.0F, 1.0F);
    case Wrap::kMirror: {
      const float period = t - 2.0F * std::floor(t * 0.5F);
      return period > 1.0F ? 2.0F - period : period;
    }
    case Wrap::kRepeat:
      break;
  }
  return t - std::floor(t);
}

// A texel index of −1…size brought into 0…size−1: across the seam when repeated, else the edge's.
int wrapped_texel(int i, int size, Wrap wrap) {
  if (wrap == Wrap::kRepeat) return i < 0 ? i + size : i >= size ? i - size : i;
  return std::clamp(i, 0, size - 1);
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

TextureLookup::TextureLookup(const TextureRef& ref, const std::vector<Texture>& textures, Encoding encoding) {
  if (ref.texture < 0 || ref.texture >= static_cast<int>(textures.size())) return;
  const Image8& image = textures[static_cast<std::size_t>(ref.texture)].image;
  if (image.pixels.empty()) return;
  image_ = &image;
  uv_set_ = std::clamp(ref.uv_set, 0, 1);
  wrap_u_ = ref.wrap_u;
  wrap_v_ = ref.wrap_v;
  decode_ = &decoding(encoding);
  const auto to_float = [](const Vec2d& v) {
    return Vec2f{static_cast<float>(v.x), static_cast<float>(v.y)};
  };
  const Vec2d origin = ref.transformed({0, 0});
  offset_ = to_float(origin);
  u_axis_ = to_float(ref.transformed({1, 0}) - origin);
  v_axis_ = to_float(ref.transformed({0, 1}) - origin);
}

void TextureLookup::add_texel(std::array<float, 4>& sum, int x, int y, float weight) const {
  const std::uint8_t* texel = image_->at(x, y);
  if (image_->channels < 3) {
    const float grey = weight * (*decode_)[texel[0]];
    for (std::size_t c = 0; c < 3; ++c) sum[c] += grey;
  } else {
    for (std::size_t c = 0; c < 3; ++c) sum[c] += weight * (*decode_)[texel[c]];
  }
  const bool has_alpha = image_->channels == 2 || image_->channels == 4;
  sum[3] += weight * (has_alpha ? static_cast<float>(texel[image_->channels - 1]) / 255.0F : 1.0F);
}

std::array<float, 4> TextureLookup::at(const Vec2f& uv) const {
  if (image_ == nullptr) return {1, 1, 1, 1};
  const Vec2f st = offset_ + u_axis_ * uv.x + v_axis_ * uv.y;
  const float x = wrapped(st.x, wrap_u_) * static_cast<float>(image_->width) - 0.5F;
  const float y = wrapped(st.y, wrap_v_) * static_cast<float>(image_->height) - 0.5F;
  const float x_floor = std::floor(x), y_floor = std::floor(y);
  const float right = x - x_floor, lower = y - y_floor;
  const int x0 = wrapped_texel(static_cast<int>(x_floor), image_->width, wrap_u_);
  const int x1 = wrapped_texel(static_cast<int>(x_floor) + 1, image_->width, wrap_u_);
  const int y0 = wrapped_texel(static_cast<int>(y_floor), image_->height, wrap_v_);
  const int y1 = wrapped_texel(static_cast<int>(y_floor) + 1, image_->height, wrap_v_);
  std::array<float, 4> sum{};
  add_texel(sum, x0, y0, (1 - right) * (1 - lower));
  add_texel(sum, x1, y0, right * (1 - lower));
  add_texel(sum, x0, y1, (1 - right) * lower);
  add_texel(sum, x1, y1, right * lower);
  return sum;
}

}  // namespace funcorr
