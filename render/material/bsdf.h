#pragma once

#include <optional>

#include "db/format/vector.h"
#include "render/geometry/frame.h"
#include "render/material/ggx.h"

namespace funcorr {

// A surface's material at one point. Colours are linear, 0…1.
struct MaterialPoint {
  Vec3f base_color{1, 1, 1};  // albedo of the diffuse part, F0 of metal, tint of what passes
  float metallic = 0, roughness = 1;
  Vec3f dielectric_f0{0.04F, 0.04F, 0.04F};
  float dielectric_f90 = 1;
  float transmission = 0;  // share of the diffuse part that passes instead
  // The table of a solid that passes light; none: the surface is a thin wall.
  const BoundaryAlbedoTable* boundary = nullptr;
  Vec3f boundary_specular{1, 1, 1};  // share of the solid's Fresnel reflection that it gives, 0…1
  float ior = 1.5F;                  // of the solid
  bool from_inside = false;
  bool clear_wall = false;  // a smooth thin wall: what passes goes straight on, see straight_transmittance()
  float clearcoat = 0, clearcoat_roughness = 0;
};

// What a path does at a surface, for limits on bounces.
enum class Bounce { kDiffuse, kGlossy, kTransmission };

// What goes straight through a clear wall, unscattered; Bsdf leaves it out.
Vec3f straight_transmittance(const MaterialPoint& material, float cosine);

// glTF's metallic-roughness surface with its extensions, seen from one direction:
// · reflection: GGX with Schlick's Fresnel (F0, F90 of dielectrics; base colour and 1 of metals);
// · below it, for dielectrics, Lambert, or what passes: a thin wall mirrors its reflection lobe to the other
//   side; a solid refracts (Walter et al. 2007; reflection, short of total one, weakened by
//   KHR_materials_specular, and what it leaves passes; radiance is not scaled by the squared index, which
//   cancels between entering and leaving);
// · a clear coat on top of all, GGX of F0 = 0.04.
// Energy is conserved: what single scattering loses comes back as the multiple-scattering lobe of Kulla &
// Conty 2017 — in solids by scaling the lobes (Turquin 2019) — and the diffuse part gets what the specular
// part leaves, in the reciprocal form of the same paper. A white surface reflects or passes everything, at
// any roughness and metalness, up to the tables' interpolation. Coats and solids are not reciprocal: glTF
// weighs the coat by the view's Fresnel term alone.
// Directions are unit vectors in the local frame (z: shading normal) and point away from the surface.
class Bsdf {
 public:
  // wo.z > 0. coat_normal: local unit normal of the clear coat.
  Bsdf(const MaterialPoint& material, const Vec3f& wo, const Vec3f& coat_normal = {0, 0, 1});

  struct Value {
    Vec3f scattered;  // f·|cos| toward wi, per steradian
    float pdf = 0;    // of sample(), per steradian
  };
  Value at(const Vec3f& wi) const;

  struct Sample {
    Vec3f wi;
    Vec3f weight;  // f·|cos| / pdf; 0: the path ends
    float pdf = 0;
    Bounce bounce = Bounce::kDiffuse;
  };
  Sample sample(float lobe, const Vec2f& u) const;

  // Whether light from below the surface can be scattered to wo by at() with a density worth sampling lights
  // for: thin walls.
  bool passes_light() const { return tint_.has_value() && boundary_ == nullptr; }
  // Whether a lobe is so narrow that small lamps are seen in it one by one.
  bool is_narrow() const {
    constexpr float kNarrow = 0.25F;  // α of GGX: roughness 0.5
    return (p_specular_ > 0 && alpha_ < kNarrow) || (p_coat_ > 0 && coat_alpha_ < kNarrow);
  }

 private:
  void add_reflection(const Vec3f& wi, Value& value) const;
  void add_thin_transmission(const Vec3f& wi, Value& value) const;
  void add_boundary(const Vec3f& wi, Value& value) const;
  void add_coat(const Vec3f& wi, Value& value) const;
  float boundary_reflectance(float cosine) const;
  Vec3f sample_boundary(float choice, const Vec2f& u, Bounce& bounce) const;

  float roughness_, alpha_;
  Vec3f wo_;
  float lambda_o_ = 0;
  // Reflection: F0 and F90 weighted by the share of the surface that reflects so.
  Vec3f f0_;
  float f90_ = 1;
  Vec3f multiple_scattering_;
  float lost_o_ = 0, lost_average_ = 1;  // 1 − white albedo: single-scattering loss
  // Below the dielectric's reflection.
  Vec3f diffuse_color_;
  float dielectric_f0_ = 0, dielectric_f90_ = 1, dielectric_multiple_ = 0;
  float under_o_ = 0, under_average_ = 1;  // 1 − dielectric specular albedo
  // Transmission.
  std::optional<Vec3f> tint_;
  const BoundaryAlbedoTable* boundary_ = nullptr;
  Vec3f boundary_specular_;
  float boundary_share_ = 1;  // the largest of boundary_specular_
  float boundary_weight_ = 0, boundary_scale_ = 1, eta_ = 1;
  // Clear coat.
  float coat_ = 0, coat_alpha_ = 1, coat_albedo_ = 0;
  std::optional<Frame> coat_frame_;
  Vec3f coat_wo_;
  // Probabilities of the lobes; they add up to 1 (or all are 0: nothing is scattered).
  float p_coat_ = 0, p_specular_ = 0, p_cosine_ = 0, p_thin_ = 0, p_thin_cosine_ = 0, p_boundary_ = 0;
};

}  // namespace funcorr
