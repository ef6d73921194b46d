#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "db/format/vector.h"

namespace funcorr {

// GGX microfacets, isotropic, in the local frame whose z axis is the shading normal. `alpha` = roughness².
// Walter et al. 2007; Smith height-correlated masking-shadowing (Heitz 2014).
inline float ggx_distribution(const Vec3f& half, float alpha) {  // D, per steradian
  if (half.z <= 0.0F) return 0.0F;
  const float a2 = alpha * alpha, t = half.x * half.x + half.y * half.y + a2 * (half.z * half.z);
  return a2 / (std::numbers::pi_v<float> * t * t);
}
inline float ggx_lambda(const Vec3f& w, float alpha) {  // Λ: G1 = 1/(1+Λ), G2 = 1/(1+Λo+Λi); either side
  const float tan_squared = (w.x * w.x + w.y * w.y) / (w.z * w.z);
  return 0.5F * (std::sqrt(1.0F + alpha * alpha * tan_squared) - 1.0F);
}
// A microfacet normal visible from wo (wo.z > 0), density D·G1·max(0, wo·h)/wo.z (Dupuy & Benyoub 2023).
Vec3f sample_visible_normal(const Vec3f& wo, float alpha, const Vec2f& u);

// Narrower lobes than α = 0.001 are indistinguishable at our resolutions and lose precision in floats.
inline float alpha_from_roughness(float roughness) { return std::max(roughness * roughness, 1e-3F); }
inline float schlick_weight(float cosine) {  // (1 − cosine)⁵
  const float m = std::clamp(1.0F - cosine, 0.0F, 1.0F);
  return (m * m) * (m * m) * m;
}
// Reflectance of a smooth boundary; eta = index beyond / index on the side of the ray. 1: total reflection.
float fresnel_dielectric(float cosine, float eta);

// The direction beyond the boundary, on the far side of `half`; not for total reflection.
Vec3f refract(const Vec3f& wo, const Vec3f& half, float eta);

// Directional albedo of the single-scattering reflection under Schlick's Fresnel: F0·base + F90·grazing; with
// F = 1 it is base + grazing = white, and 1 − white is what single scattering loses.
struct SpecularAlbedo {
  float base = 0, grazing = 0;
  float white() const { return base + grazing; }
  float of(float f0, float f90) const { return f0 * base + f90 * grazing; }
};

// Tabulated over cosine and roughness by numerical integration, once for the process (about 30 ms, on first
// use; thread-safe).
class SpecularAlbedoTable {
 public:
  static const SpecularAlbedoTable& instance();
  SpecularAlbedo at(float cosine, float roughness) const;  // bilinear
  SpecularAlbedo average(float roughness) const;           // cosine-weighted mean over the hemisphere

 private:
  SpecularAlbedoTable();
  std::vector<SpecularAlbedo> directional_;  // [roughness, cosine]
  std::vector<SpecularAlbedo> average_;      // [roughness]
};

// Share of light that a rough boundary between air and a solid reflects and refracts together in single
// scattering, tabulated for one index of refraction, seen from either side. Thread-safe.
class BoundaryAlbedoTable {
 public:
  explicit BoundaryAlbedoTable(float ior);                          // of the solid, > 1
  float at(float cosine, float roughness, bool from_inside) const;  // bilinear

 private:
  std::vector<float> outside_, inside_;  // [roughness, cosine]
};

}  // namespace funcorr
