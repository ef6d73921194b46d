#pragma once

#include <array>
#include <cstdint>

#include "render/geometry/mesh.h"

namespace funcorr {

// IEC 61966-2-1 transfer function.
float linear_from_srgb8(std::uint8_t code);
float srgb_from_linear(float linear);          // clamped to 0…1
std::uint8_t srgb8_from_linear(float linear);  // rounded to nearest

enum class Encoding { kLinear, kSrgb };

// A texture as one material uses it: transform, wrapping, decoding and bilinear filtering resolved once.
// Refers to the image, which must outlive it. Thread-safe.
class TextureLookup {
 public:
  TextureLookup() = default;  // no texture: ones everywhere
  // `textures[ref.texture]`; an index out of range or an empty image count as no texture.
  TextureLookup(const TextureRef& ref, const std::vector<Texture>& textures, Encoding encoding);

  bool used() const { return image_ != nullptr; }
  int uv_set() const { return uv_set_; }
  // Linear RGBA at texture coordinates as stored in the mesh (before KHR_texture_transform). Grey textures
  // answer (g, g, g, 1). Not finite coordinates count as 0.
  std::array<float, 4> at(const Vec2f& uv) const;

 private:
  void add_texel(std::array<float, 4>& sum, int x, int y, float weight) const;

  const Image8* image_ = nullptr;
  int uv_set_ = 0;
  Wrap wrap_u_ = Wrap::kRepeat, wrap_v_ = Wrap::kRepeat;
  Vec2f offset_{0, 0}, u_axis_{1, 0}, v_axis_{0, 1};
  const std::array<float, 256>* decode_ = nullptr;  // 8-bit code → linear
};

}  // namespace funcorr
