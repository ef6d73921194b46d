#pragma once

#include <vector>

#include "render/geometry/mesh.h"
#include "render/material/texture.h"

namespace funcorr {

// The material at one point of the surface, textures and vertex colours applied. Linear colours.
struct SurfacePoint {
  Vec3f position;
  Vec3f geometric_normal;  // unit; on the side the ray came from
  Vec3f shading_normal;    // unit; likewise, interpolated and normal-mapped
  Vec3f base_color;
  Vec3f emission;  // radiance
  float metallic = 0, roughness = 1;
  bool unlit = false;  // shows base_color, reflects nothing
};

// Evaluates the materials of a scene. Both sides of every triangle are shaded, single-sided materials too, as
// Cycles does. Refers to the scene, which must outlive it. Thread-safe.
class SurfaceShader {
 public:
  explicit SurfaceShader(const Scene& scene);

  // Opacity at barycentric (u, v) of a triangle: 0 or 1 for masked materials, 0…1 for blended ones.
  float opacity(std::uint32_t triangle, float u, float v) const;
  bool has_transparency() const { return has_transparency_; }
  bool may_be_transparent(std::uint32_t triangle) const {
    return has_transparency_ && material_of(triangle).alpha_mode != AlphaMode::kOpaque;
  }

  // `toward_viewer`: unit direction from the point to where the ray came from.
  SurfacePoint shade(std::uint32_t triangle, float u, float v, const Vec3f& toward_viewer) const;
  Vec3f position(std::uint32_t triangle, float u, float v) const;
  Vec3f face_normal(std::uint32_t triangle) const;  // unit, by the winding

 private:
  struct Lookups {
    TextureLookup base_color, metallic_roughness, normal, emissive;
    AlphaMode alpha_mode = AlphaMode::kOpaque;
  };
  const Lookups& material_of(std::uint32_t triangle) const;
  const Material& material(std::uint32_t triangle) const;
  std::array<float, 4> base_color(std::uint32_t triangle, float u, float v) const;
  Vec2f uv(std::uint32_t triangle, float u, float v, const TextureLookup& lookup) const;
  Vec3f interpolated_normal(std::uint32_t triangle, float u, float v) const;
  Vec3f mapped_normal(std::uint32_t triangle, float u, float v, const Vec3f& normal) const;

  const Scene* scene_;
  std::vector<Lookups> lookups_;  // one per material
  std::vector<Vec3f> positions_;  // of the vertices, rounded as Embree has them
  bool has_transparency_ = false;
};

}  // namespace funcorr
