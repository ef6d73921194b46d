#pragma once

#include <vector>

#include "render/geometry/vector.h"

namespace funcorr {

// GGX microfacets, isotropic, in the local frame whose z axis is the shading normal. `alpha` = roughness².
// Walter et al. 2007; Smith height-correlated masking-shadowing (Heitz 2014).
float ggx_distribution(const Vec3f& half, float alpha);                      // D, per steradian
float ggx_masking(const Vec3f& direction, float alpha);                      // G1
float ggx_masking_shadowing(const Vec3f& wo, const Vec3f& wi, float alpha);  // G2
// A microfacet normal visible from wo (wo.z > 0), density D·G1·max(0, wo·h)/wo.z (Dupuy & Benyoub 2023).
Vec3f sample_visible_normal(const Vec3f& wo, float alpha, const Vec2f& u);

// Directional albedo of the single-scattering lobe under Schlick's Fresnel: F0·base + grazing; with F = 1 it
// is base + grazing = white, and 1 − white is what single scattering loses.
struct SpecularAlbedo {
  float base = 0, grazing = 0;
  float white() const { return base + grazing; }
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

}  // namespace funcorr
