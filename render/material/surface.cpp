#include "render/material/surface.h"

#include <algorithm>
#include <cmath>

namespace funcorr {
namespace {

constexpr float kLeastViewCosine = 0.02F;

constexpr float kLeastIor = 1.01F;          // refraction into the same medium has no half vector
constexpr float kSmoothRoughness = 0.045F;  // α of 0.002: what passes deviates by a tenth of a degree

template <typename T>
T interpolate(const T& a, const T& b, const T& c, float u, float v) {
  return a * (1.0F - u - v) + b * u + c * v;
}

float unit(double value) { return static_cast<float>(std::clamp(value, 0.0, 1.0)); }
Vec3f unit(const Vec3d& color) { return {unit(color.x), unit(color.y), unit(color.z)}; }

float reflectance_head_on(double ior) {
  const double root = (ior - 1.0) / (ior + 1.0);
  return static_cast<float>(root * root);
}

Vec3f rgb(const std::array<float, 4>& color) { return {color[0], color[1], color[2]}; }

Vec3f turned_to(const Vec3f& normal, const Vec3f& side) {
  return dot(normal, side) < 0.0F ? -normal : normal;
}

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

SurfaceShader::SurfaceShader(const Scene& scene)
    : scene_(&scene), mip_index_(scene.textures.size(), {-1, -1}) {
  for (const Material& material : scene.materials) {
    surfaces_.push_back(compile(scene, material));
    const Surface& surface = surfaces_.back();
    has_transparency_ = has_transparency_ || surface.alpha_mode != AlphaMode::kOpaque;
    has_clear_walls_ = has_clear_walls_ || (surface.transmission_factor > 0 && surface.boundary == nullptr);
  }
  positions_.reserve(scene.mesh.positions.size());
  for (const Vec3d& p : scene.mesh.positions) positions_.push_back(to_float(p));
}

TextureLookup SurfaceShader::lookup(const TextureRef& ref, const Scene& scene, Encoding encoding) {
  if (ref.texture < 0 || static_cast<std::size_t>(ref.texture) >= scene.textures.size()) return {};
  const auto texture = static_cast<std::size_t>(ref.texture);
  const Image8& image = scene.textures[texture].image;
  if (image.pixels.empty()) return {};
  int& index = mip_index_[texture][encoding == Encoding::kSrgb ? 1 : 0];
  if (index < 0) {
    index = static_cast<int>(mip_maps_.size());
    mip_maps_.emplace_back(image, encoding);
  }
  return {ref, mip_maps_[static_cast<std::size_t>(index)]};
}

SurfaceShader::Surface SurfaceShader::compile(const Scene& scene, const Material& m) {
  Surface s;
  s.base_color = lookup(m.base_color_texture, scene, Encoding::kSrgb);
  s.metallic_roughness = lookup(m.metallic_roughness_texture, scene, Encoding::kLinear);
  s.normal = lookup(m.normal_texture, scene, Encoding::kLinear);
  s.emissive = lookup(m.emissive_texture, scene, Encoding::kSrgb);
  s.specular = lookup(m.specular_texture, scene, Encoding::kLinear);
  s.specular_color = lookup(m.specular_color_texture, scene, Encoding::kSrgb);
  s.transmission = lookup(m.transmission_texture, scene, Encoding::kLinear);
  s.clearcoat = lookup(m.clearcoat_texture, scene, Encoding::kLinear);
  s.clearcoat_roughness = lookup(m.clearcoat_roughness_texture, scene, Encoding::kLinear);
  s.clearcoat_normal = lookup(m.clearcoat_normal_texture, scene, Encoding::kLinear);
  for (std::size_t c = 0; c < 4; ++c) s.base_color_factor[c] = unit(m.base_color[c]);
  s.emission = to_float(m.emissive);
  s.metallic = m.specular_glossiness ? 0.0F : unit(m.metallic);
  s.roughness = unit(m.roughness);
  s.specular_glossiness = m.specular_glossiness;
  s.specular_factor = m.specular_glossiness ? 1.0F : unit(m.specular);
  s.specular_color_factor = m.specular_glossiness
                                ? unit(m.specular_color)
                                : to_float(m.specular_color) * reflectance_head_on(std::max(m.ior, 1.0));
  s.transmission_factor = unit(m.transmission);
  s.clearcoat_factor = unit(m.clearcoat);
  s.clearcoat_roughness_factor = unit(m.clearcoat_roughness);
  s.normal_scale = static_cast<float>(m.normal_scale);
  s.clearcoat_normal_scale = static_cast<float>(m.clearcoat_normal_scale);
  s.alpha_cutoff = static_cast<float>(m.alpha_cutoff);
  s.alpha_mode = m.alpha_mode;
  s.unlit = m.unlit;
  s.ior = std::max(kLeastIor, static_cast<float>(m.ior));
  s.extended = s.specular.used() || s.specular_color.used() || s.transmission_factor > 0.0F ||
               s.clearcoat_factor > 0.0F;
  if (s.transmission_factor > 0.0F && m.thickness > 0) {
    auto known = std::find(boundary_iors_.begin(), boundary_iors_.end(), s.ior);
    if (known == boundary_iors_.end()) {
      boundary_iors_.push_back(s.ior);
      boundaries_.emplace_back(s.ior);
      known = boundary_iors_.end() - 1;
    }
    s.boundary = &boundaries_[static_cast<std::size_t>(known - boundary_iors_.begin())];
    for (int c = 0; c < 3; ++c)
      s.absorption[c] = static_cast<float>(-std::log(std::clamp(m.attenuation_color[c], 1e-6, 1.0)) /
                                           std::max(m.attenuation_distance, 1e-9));
  }
  return s;
}

Vec3f SurfaceShader::position(std::uint32_t triangle, float u, float v) const {
  const auto& t = scene_->mesh.triangles[triangle];
  return interpolate(positions_[t[0]], positions_[t[1]], positions_[t[2]], u, v);
}

Vec3f SurfaceShader::face_normal(std::uint32_t triangle) const {
  return to_float(normalized(scene_->mesh.area_vector(triangle)));
}

SurfaceShader::Hit SurfaceShader::with_footprint(std::uint32_t triangle, float u, float v, float footprint,
                                                 float double_area) const {
  Hit hit{triangle, u, v, {0, 0}};
  if (footprint <= 0.0F || double_area <= 0.0F) return hit;
  const auto& t = scene_->mesh.triangles[triangle];
  for (std::size_t set = 0; set < 2; ++set) {
    const auto& uvs = scene_->mesh.uvs[set];
    if (uvs.empty()) continue;
    const Vec2f uv1 = uvs[t[1]] - uvs[t[0]], uv2 = uvs[t[2]] - uvs[t[0]];
    hit.footprint[set] = footprint * std::sqrt(std::abs(uv1.x * uv2.y - uv1.y * uv2.x) / double_area);
  }
  return hit;
}

std::array<float, 4> SurfaceShader::texel(const TextureLookup& lookup, const Hit& hit) const {
  const auto set = static_cast<std::size_t>(lookup.uv_set());
  const auto& uvs = scene_->mesh.uvs[set];
  if (uvs.empty()) return lookup.at({});
  const auto& t = scene_->mesh.triangles[hit.triangle];
  return lookup.at(interpolate(uvs[t[0]], uvs[t[1]], uvs[t[2]], hit.u, hit.v), hit.footprint[set]);
}

std::array<float, 4> SurfaceShader::base_color(const Surface& surface, const Hit& hit) const {
  std::array<float, 4> color = surface.base_color_factor;
  if (surface.base_color.used()) {
    const std::array<float, 4> texture = texel(surface.base_color, hit);
    for (std::size_t c = 0; c < 4; ++c) color[c] *= texture[c];
  }
  const auto& colors = scene_->mesh.colors;
  if (!colors.empty()) {
    const auto& t = scene_->mesh.triangles[hit.triangle];
    for (std::size_t c = 0; c < 4; ++c)
      color[c] *= std::clamp(interpolate(colors[t[0]][c], colors[t[1]][c], colors[t[2]][c], hit.u, hit.v),
                             0.0F, 1.0F);
  }
  return color;
}

float SurfaceShader::opacity(std::uint32_t triangle, float u, float v) const {
  const Surface& surface = surface_of(triangle);
  if (surface.alpha_mode == AlphaMode::kOpaque) return 1.0F;
  const float alpha = base_color(surface, {triangle, u, v, {0, 0}})[3];
  if (surface.alpha_mode == AlphaMode::kMask) return alpha < surface.alpha_cutoff ? 0.0F : 1.0F;
  return alpha;
}

Vec3f SurfaceShader::interpolated_normal(const Hit& hit, const Vec3f& face_normal) const {
  const auto& normals = scene_->mesh.normals;
  if (normals.empty()) return face_normal;
  const auto& t = scene_->mesh.triangles[hit.triangle];
  const Vec3f normal = interpolate(normals[t[0]], normals[t[1]], normals[t[2]], hit.u, hit.v);
  const float size = length(normal);
  return size > 1e-6F && std::isfinite(size) ? normal / size : face_normal;
}

// Tangents follow the texture coordinates of the normal map: +x of the map along ∂position/∂u, +y (up in the
// image) along −∂position/∂v.
Vec3f SurfaceShader::mapped_normal(const TextureLookup& lookup, float scale, const Hit& hit,
                                   const Vec3f& normal) const {
  const auto& uvs = scene_->mesh.uvs[static_cast<std::size_t>(lookup.uv_set())];
  if (!lookup.used() || uvs.empty()) return normal;
  const auto& t = scene_->mesh.triangles[hit.triangle];
  const Vec2f uv1 = uvs[t[1]] - uvs[t[0]], uv2 = uvs[t[2]] - uvs[t[0]];
  const Vec3f edge1 = positions_[t[1]] - positions_[t[0]], edge2 = positions_[t[2]] - positions_[t[0]];
  const float area = uv1.x * uv2.y - uv1.y * uv2.x;
  if (std::abs(area) < 1e-20F) return normal;
  const Vec3f along_u = (edge1 * uv2.y - edge2 * uv1.y) / area;
  const Vec3f tangent = normalized(along_u - normal * dot(along_u, normal));
  const Vec3f along_v = (edge2 * uv1.x - edge1 * uv2.x) / area;
  Vec3f bitangent = cross(normal, tangent);
  if (dot(bitangent, along_v) > 0.0F) bitangent = -bitangent;
  const std::array<float, 4> map = texel(lookup, hit);
  const Vec3f mapped = tangent * (scale * (2.0F * map[0] - 1.0F)) +
                       bitangent * (scale * (2.0F * map[1] - 1.0F)) + normal * (2.0F * map[2] - 1.0F);
  const float size = length(mapped);
  return size > 1e-6F && std::isfinite(size) ? mapped / size : normal;
}

MaterialPoint SurfaceShader::material_point(const Surface& surface, const Hit& hit,
                                            const Vec3f& base_color) const {
  MaterialPoint point;
  point.base_color = base_color;
  point.metallic = surface.metallic;
  point.roughness = surface.roughness;
  if (surface.metallic_roughness.used()) {
    const std::array<float, 4> map = texel(surface.metallic_roughness, hit);
    point.roughness *= map[1];
    point.metallic *= map[2];
  }
  point.dielectric_f0 = surface.specular_color_factor * surface.specular_factor;
  point.dielectric_f90 = surface.specular_factor;
  if (surface.extended) add_extensions(surface, hit, point);
  for (int c = 0; c < 3; ++c) point.dielectric_f0[c] = std::min(point.dielectric_f0[c], point.dielectric_f90);
  return point;
}

void SurfaceShader::add_extensions(const Surface& surface, const Hit& hit, MaterialPoint& point) const {
  if (surface.specular_color.used()) {
    const std::array<float, 4> map = texel(surface.specular_color, hit);
    point.dielectric_f0 = point.dielectric_f0 * rgb(map);
    if (surface.specular_glossiness) point.roughness = 1.0F - (1.0F - surface.roughness) * map[3];
  }
  if (surface.specular.used()) {
    const float map = texel(surface.specular, hit)[3];
    point.dielectric_f0 *= map;
    point.dielectric_f90 *= map;
  }
  point.transmission = surface.transmission_factor;
  if (surface.transmission.used()) point.transmission *= texel(surface.transmission, hit)[0];
  point.boundary = surface.boundary;
  if (surface.boundary != nullptr)
    for (int c = 0; c < 3; ++c)
      point.boundary_specular[c] = std::min(1.0F, point.dielectric_f0[c] / reflectance_head_on(surface.ior));
  point.clear_wall =
      point.transmission > 0.0F && surface.boundary == nullptr && point.roughness <= kSmoothRoughness;
  point.ior = surface.ior;
  point.clearcoat = surface.clearcoat_factor;
  if (surface.clearcoat.used()) point.clearcoat *= texel(surface.clearcoat, hit)[0];
  point.clearcoat_roughness = surface.clearcoat_roughness_factor;
  if (surface.clearcoat_roughness.used())
    point.clearcoat_roughness *= texel(surface.clearcoat_roughness, hit)[1];
}

Vec3f SurfaceShader::passes_straight(std::uint32_t triangle, float u, float v, const Vec3f& direction) const {
  const Surface& surface = surface_of(triangle);
  if (surface.transmission_factor <= 0.0F || surface.boundary != nullptr) return {};
  const Hit hit{triangle, u, v, {0, 0}};
  const MaterialPoint point = material_point(surface, hit, rgb(base_color(surface, hit)));
  if (!point.clear_wall) return {};
  const float cosine = std::abs(dot(interpolated_normal(hit, face_normal(triangle)), normalized(direction)));
  return straight_transmittance(point, cosine);
}

SurfacePoint SurfaceShader::shade(std::uint32_t triangle, float u, float v, const Vec3f& toward_viewer,
                                  float footprint) const {
  const Surface& surface = surface_of(triangle);
  const auto& t = scene_->mesh.triangles[triangle];
  const Vec3f p0 = positions_[t[0]], edge1 = positions_[t[1]] - p0, edge2 = positions_[t[2]] - p0;
  const Vec3f area = cross(edge1, edge2);
  const float double_area = length(area);
  const Hit hit = with_footprint(triangle, u, v, footprint, double_area);

  SurfacePoint point;
  point.position = p0 + edge1 * u + edge2 * v;
  const Vec3f face = double_area > 1e-18F ? area / double_area : face_normal(triangle);
  point.geometric_normal = turned_to(face, toward_viewer);
  const Vec3f smooth = interpolated_normal(hit, face);
  const Vec3f mapped =
      surface.normal.used() ? mapped_normal(surface.normal, surface.normal_scale, hit, smooth) : smooth;
  point.shading_normal = facing(turned_to(mapped, point.geometric_normal), toward_viewer);

  point.emission = surface.emission;
  if (surface.emissive.used() && dot(point.emission, point.emission) > 0.0F)
    point.emission = point.emission * rgb(texel(surface.emissive, hit));
  const Vec3f color = rgb(base_color(surface, hit));
  point.unlit = surface.unlit;
  point.material = material_point(surface, hit, color);
  if (surface.extended) {
    const Vec3f coat = mapped_normal(surface.clearcoat_normal, surface.clearcoat_normal_scale, hit, smooth);
    point.coat_normal = facing(turned_to(coat, point.geometric_normal), toward_viewer);
    point.material.from_inside = dot(face, toward_viewer) < 0.0F;
    if (point.material.from_inside) point.absorption = surface.absorption;
  }
  return point;
}

}  // namespace funcorr
