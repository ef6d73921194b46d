#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "render/geometry/mesh.h"

namespace funcorr {

// IEC 61966-2-1 transfer function.
float linear_from_srgb8(std::uint8_t code);
float srgb_from_linear(float linear);          // clamped to 0…1
std::uint8_t srgb8_from_linear(float linear);  // rounded to nearest

enum class Encoding { kLinear, kSrgb };

// An image and its halvings down to one texel, each texel the mean of four in linear light. Refers to the
// image, which must outlive it.
class MipMap {
 public:
  MipMap(const Image8& image, Encoding encoding);

  int levels() const { return 1 + static_cast<int>(halved_.size()); }
  const Image8& level(int i) const { return i == 0 ? *image_ : halved_[static_cast<std::size_t>(i) - 1]; }
  Encoding encoding() const { return encoding_; }

 private:
  const Image8* image_;
  std::vector<Image8> halved_;
  Encoding encoding_;
};

// A texture as one material uses it: transform, wrapping and decoding resolved once. Refers to the mip map,
// which must outlive it. Thread-safe.
class TextureLookup {
 public:
  TextureLookup() = default;  // no texture: ones everywhere
  TextureLookup(const TextureRef& ref, const MipMap& mip_map);

  bool used() const { return mip_map_ != nullptr; }
  int uv_set() const { return uv_set_; }
  // Linear RGBA at texture coordinates as stored in the mesh (before KHR_texture_transform): bilinear, in the
  // coarsest halving whose texels are no wider than the footprint, given in texture coordinates (0: the image
  // itself). Grey textures answer (g, g, g, 1). Coordinates that are not finite count as 0.
  std::array<float, 4> at(const Vec2f& uv, float footprint = 0) const;

 private:
  const MipMap* mip_map_ = nullptr;
  int uv_set_ = 0;
  Wrap wrap_u_ = Wrap::kRepeat, wrap_v_ = Wrap::kRepeat;
  Vec2f offset_{0, 0}, u_axis_{1, 0}, v_axis_{0, 1};
  float texels_per_unit_ = 0;                       // of texture coordinates, in the image itself
  const std::array<float, 256>* decode_ = nullptr;  // 8-bit code → linear
};

}  // namespace funcorr
