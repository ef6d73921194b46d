#pragma once

#include <deque>
#include <vector>

#include "render/geometry/mesh.h"
#include "render/material/bsdf.h"
#include "render/material/texture.h"

namespace funcorr {

// The surface at one point, textures and vertex colours applied.
struct SurfacePoint {
  Vec3f position;
  Vec3f geometric_normal;  // unit; on the side the ray came from
  Vec3f shading_normal;    // unit; likewise, interpolated and normal-mapped
  Vec3f coat_normal;       // unit; likewise, of the clear coat
  Vec3f emission;          // radiance
  MaterialPoint material;
  Vec3f absorption;    // per unit length of the way that led here through a solid; 0 outside
  bool unlit = false;  // shows its base colour, reflects nothing
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
    return has_transparency_ && surface_of(triangle).alpha_mode != AlphaMode::kOpaque;
  }
  // What goes straight through smooth thin glass along a direction; nothing for other surfaces.
  Vec3f passes_straight(std::uint32_t triangle, float u, float v, const Vec3f& direction) const;
  bool has_clear_walls() const { return has_clear_walls_; }

  // `toward_viewer`: unit direction from the point to where the ray came from. `footprint`: width of the ray
  // at the point, to filter textures by.
  SurfacePoint shade(std::uint32_t triangle, float u, float v, const Vec3f& toward_viewer,
                     float footprint = 0) const;
  Vec3f position(std::uint32_t triangle, float u, float v) const;
  Vec3f face_normal(std::uint32_t triangle) const;  // unit, by the winding
  const std::vector<Vec3f>& positions() const { return positions_; }

 private:
  // A material in the renderer's form.
  struct Surface {
    TextureLookup base_color, metallic_roughness, normal, emissive, specular, specular_color, transmission,
        clearcoat, clearcoat_roughness, clearcoat_normal;
    std::array<float, 4> base_color_factor{};
    Vec3f emission;
    Vec3f specular_color_factor;  // F0 at specular = 1
    float metallic = 0, roughness = 1, specular_factor = 1, transmission_factor = 0;
    float clearcoat_factor = 0, clearcoat_roughness_factor = 0;
    float normal_scale = 1, clearcoat_normal_scale = 1;
    float alpha_cutoff = 0.5F;
    AlphaMode alpha_mode = AlphaMode::kOpaque;
    bool unlit = false, specular_glossiness = false;
    bool extended = false;  // has more than metallic-roughness
    const BoundaryAlbedoTable* boundary = nullptr;
    float ior = 1.5F;
    Vec3f absorption;  // per unit length, inside
  };
  struct Hit {
    std::uint32_t triangle;
    float u, v;
    // Widths in texture coordinates per set: the ray's footprint times the triangle's stretch.
    std::array<float, 2> footprint;
  };

  Surface compile(const Scene& scene, const Material& material);
  TextureLookup lookup(const TextureRef& ref, const Scene& scene, Encoding encoding);
  const Surface& surface_of(std::uint32_t triangle) const {
    return surfaces_[static_cast<std::size_t>(scene_->mesh.triangle_material[triangle])];
  }
  Hit with_footprint(std::uint32_t triangle, float u, float v, float footprint, float double_area) const;
  std::array<float, 4> texel(const TextureLookup& lookup, const Hit& hit) const;
  std::array<float, 4> base_color(const Surface& surface, const Hit& hit) const;
  Vec3f interpolated_normal(const Hit& hit, const Vec3f& face_normal) const;
  Vec3f mapped_normal(const TextureLookup& lookup, float scale, const Hit& hit, const Vec3f& normal) const;
  MaterialPoint material_point(const Surface& surface, const Hit& hit, const Vec3f& base_color) const;
  void add_extensions(const Surface& surface, const Hit& hit, MaterialPoint& point) const;

  const Scene* scene_;
  std::deque<MipMap> mip_maps_;                // one per (texture, encoding) in use
  std::vector<std::array<int, 2>> mip_index_;  // [texture, encoding] → mip map or −1
  std::deque<BoundaryAlbedoTable> boundaries_;
  std::vector<float> boundary_iors_;
  std::vector<Surface> surfaces_;  // one per material
  std::vector<Vec3f> positions_;   // of the vertices, rounded as Embree has them
  bool has_transparency_ = false, has_clear_walls_ = false;
};

}  // namespace funcorr
