#include "render/material/surface.h"

#include <algorithm>
#include <cmath>

namespace funcorr {
namespace {

constexpr float kLeastViewCosine = 0.02F;

template <typename T>
T interpolate(const T& a, const T& b, const T& c, float u, float v) {
  return a * (1.0F - u - v) + b * u + c * v;
}

float unit(double value) { return static_cast<float>(std::clamp(value, 0.0, 1.0)); }

Vec3f to_float(const Vec3d& v) {
  return {static_cast<float>(v.x), static_cast<float>(v.y), static_cast<float>(v.z)};
}

// Interpolated normals may face away from a viewer who sees the front of the face: bent back just enough.
Vec3f facing(const Vec3f& normal, const Vec3f& toward_viewer) {
  const float cosine = dot(normal, toward_viewer);
  if (cosine >= kLeastViewCosine) return normal;
  const Vec3f along = normal - toward_viewer * cosine;
  return normalized(normalized(along) + toward_viewer * (1.5F * kLeastViewCosine));
}

}  // namespace

SurfaceShader::SurfaceShader(const Scene& scene) : scene_(&scene) {
  for (const Material& m : scene.materials) {
    lookups_.push_back({TextureLookup(m.base_color_texture, scene.textures, Encoding::kSrgb),
                        TextureLookup(m.metallic_roughness_texture, scene.textures, Encoding::kLinear),
                        TextureLookup(m.normal_texture, scene.textures, Encoding::kLinear),
                        TextureLookup(m.emissive_texture, scene.textures, Encoding::kSrgb), m.alpha_mode});
    has_transparency_ = has_transparency_ || m.alpha_mode != AlphaMode::kOpaque;
  }
  positions_.reserve(scene.mesh.positions.size());
  for (const Vec3d& p : scene.mesh.positions) positions_.push_back(to_float(p));
}

const Material& SurfaceShader::material(std::uint32_t triangle) const {
  return scene_->materials[static_cast<std::size_t>(scene_->mesh.triangle_material[triangle])];
}

const SurfaceShader::Lookups& SurfaceShader::material_of(std::uint32_t triangle) const {
  return lookups_[static_cast<std::size_t>(scene_->mesh.triangle_material[triangle])];
}

Vec3f SurfaceShader::position(std::uint32_t triangle, float u, float v) const {
  const auto& t = scene_->mesh.triangles[triangle];
  return interpolate(positions_[t[0]], positions_[t[1]], positions_[t[2]], u, v);
}

Vec3f SurfaceShader::face_normal(std::uint32_t triangle) const {
  return to_float(normalized(scene_->mesh.area_vector(triangle)));
}

Vec2f SurfaceShader::uv(std::uint32_t triangle, float u, float v, const TextureLookup& lookup) const {
  const auto& uvs = scene_->mesh.uvs[static_cast<std::size_t>(lookup.uv_set())];
  if (uvs.empty()) return {};
  const auto& t = scene_->mesh.triangles[triangle];
  return interpolate(uvs[t[0]], uvs[t[1]], uvs[t[2]], u, v);
}

std::array<float, 4> SurfaceShader::base_color(std::uint32_t triangle, float u, float v) const {
  const Material& m = material(triangle);
  const TextureLookup& lookup = material_of(triangle).base_color;
  std::array<float, 4> color{1, 1, 1, 1};
  if (lookup.used()) color = lookup.at(uv(triangle, u, v, lookup));
  for (std::size_t c = 0; c < 4; ++c) color[c] *= unit(m.base_color[c]);
  if (!scene_->mesh.colors.empty()) {
    const auto& t = scene_->mesh.triangles[triangle];
    const auto& colors = scene_->mesh.colors;
    for (std::size_t c = 0; c < 4; ++c)
      color[c] *=
          std::clamp(interpolate(colors[t[0]][c], colors[t[1]][c], colors[t[2]][c], u, v), 0.0F, 1.0F);
  }
  return color;
}

float SurfaceShader::opacity(std::uint32_t triangle, float u, float v) const {
  const Material& m = material(triangle);
  if (m.alpha_mode == AlphaMode::kOpaque) return 1.0F;
  const float alpha = base_color(triangle, u, v)[3];
  if (m.alpha_mode == AlphaMode::kMask) return static_cast<double>(alpha) < m.alpha_cutoff ? 0.0F : 1.0F;
  return alpha;
}

Vec3f SurfaceShader::interpolated_normal(std::uint32_t triangle, float u, float v) const {
  const auto& normals = scene_->mesh.normals;
  if (normals.empty()) return face_normal(triangle);
  const auto& t = scene_->mesh.triangles[triangle];
  const Vec3f normal = interpolate(normals[t[0]], normals[t[1]], normals[t[2]], u, v);
  const float size = length(normal);
  return size > 1e-6F && std::isfinite(size) ? normal / size : face_normal(triangle);
}

// Tangents follow the texture coordinates of the normal map: +x of the map along ∂position/∂u, +y (up in the
// image) along −∂position/∂v.
Vec3f SurfaceShader::mapped_normal(std::uint32_t triangle, float u, float v, const Vec3f& normal) const {
  const TextureLookup& lookup = material_of(triangle).normal;
  const auto& uvs = scene_->mesh.uvs[static_cast<std::size_t>(lookup.uv_set())];
  if (!lookup.used() || uvs.empty()) return normal;
  const auto& t = scene_->mesh.triangles[triangle];
  const Vec2f uv1 = uvs[t[1]] - uvs[t[0]], uv2 = uvs[t[2]] - uvs[t[0]];
  const Vec3f edge1 = positions_[t[1]] - positions_[t[0]], edge2 = positions_[t[2]] - positions_[t[0]];
  const float area = uv1.x * uv2.y - uv1.y * uv2.x;
  if (std::abs(area) < 1e-20F) return normal;
  const Vec3f along_u = (edge1 * uv2.y - edge2 * uv1.y) / area;
  const Vec3f tangent = normalized(along_u - normal * dot(along_u, normal));
  const Vec3f along_v = (edge2 * uv1.x - edge1 * uv2.x) / area;
  Vec3f bitangent = cross(normal, tangent);
  if (dot(bitangent, along_v) > 0.0F) bitangent = -bitangent;
  const std::array<float, 4> texel = lookup.at(uv(triangle, u, v, lookup));
  const auto scale = static_cast<float>(material(triangle).normal_scale);
  const Vec3f mapped = tangent * (scale * (2.0F * texel[0] - 1.0F)) +
                       bitangent * (scale * (2.0F * texel[1] - 1.0F)) + normal * (2.0F * texel[2] - 1.0F);
  const float size = length(mapped);
  return size > 1e-6F && std::isfinite(size) ? mapped / size : normal;
}

SurfacePoint SurfaceShader::shade(std::uint32_t triangle, float u, float v,
                                  const Vec3f& toward_viewer) const {
  const Material& m = material(triangle);
  const Lookups& lookups = material_of(triangle);
  SurfacePoint point;
  point.position = position(triangle, u, v);
  point.geometric_normal = face_normal(triangle);
  Vec3f normal = mapped_normal(triangle, u, v, interpolated_normal(triangle, u, v));
  if (dot(point.geometric_normal, toward_viewer) < 0.0F) point.geometric_normal = -point.geometric_normal;
  if (dot(normal, point.geometric_normal) < 0.0F) normal = -normal;
  point.shading_normal = facing(normal, toward_viewer);

  const std::array<float, 4> color = base_color(triangle, u, v);
  point.base_color = {color[0], color[1], color[2]};
  point.metallic = unit(m.metallic);
  point.roughness = unit(m.roughness);
  if (lookups.metallic_roughness.used()) {
    const auto texel = lookups.metallic_roughness.at(uv(triangle, u, v, lookups.metallic_roughness));
    point.roughness *= texel[1];
    point.metallic *= texel[2];
  }
  point.emission = to_float(m.emissive);
  if (lookups.emissive.used() && dot(point.emission, point.emission) > 0.0F) {
    const auto texel = lookups.emissive.at(uv(triangle, u, v, lookups.emissive));
    point.emission = point.emission * Vec3f{texel[0], texel[1], texel[2]};
  }
  point.unlit = m.unlit;
  return point;
}

}  // namespace funcorr
