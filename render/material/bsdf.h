#pragma once

#include <algorithm>

#include "render/geometry/vector.h"
#include "render/material/ggx.h"

namespace funcorr {

// Narrower lobes than α = 0.001 are indistinguishable at our resolutions and lose precision in floats.
inline float alpha_from_roughness(float roughness) { return std::max(roughness * roughness, 1e-3F); }
inline float schlick_weight(float cosine) {
  const float m = std::clamp(1.0F - cosine, 0.0F, 1.0F);
  return (m * m) * (m * m) * m;
}

// glTF's metallic-roughness surface, seen from one direction: GGX specular (F0 = 0.04 for dielectrics, the
// base colour for metals, Schlick), Lambert below it. Energy is conserved: what single scattering loses comes
// back as the multiple-scattering lobe of Kulla & Conty 2017, and the diffuse part gets what the specular
// part leaves, in the reciprocal form of the same paper. A white surface reflects everything, at any
// roughness and metalness, up to the table's interpolation (tests: 0.5 %). Directions are unit vectors in the
// local frame (z: shading normal) and point away from the surface.
class Bsdf {
 public:
  // base_color: linear, 0…1 per channel. wo.z > 0.
  Bsdf(const Vec3f& base_color, float metallic, float roughness, const Vec3f& wo);

  Vec3f evaluate(const Vec3f& wi) const;  // f, per steradian, without the cosine; 0 below the surface
  float pdf(const Vec3f& wi) const;       // of sample(), per steradian

  struct Sample {
    Vec3f wi;
    Vec3f weight;  // f·cos / pdf; 0: the path ends
    float pdf = 0;
  };
  Sample sample(float lobe, const Vec2f& u) const;

 private:
  Vec3f base_specular_, diffuse_color_, multiple_scattering_;
  float roughness_, alpha_;
  Vec3f wo_;
  float lost_o_, lost_average_;    // 1 − white albedo: single-scattering loss
  float under_o_, under_average_;  // 1 − dielectric specular albedo: reaches the diffuse layer
  float dielectric_multiple_scattering_;
  float specular_probability_;
};

}  // namespace funcorr
