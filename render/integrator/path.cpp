#include "render/integrator/path.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "render/geometry/frame.h"
#include "render/material/bsdf.h"

namespace funcorr {
namespace {

constexpr float kSurfaceOffset = 5e-6F;  // of secondary rays along the normal; ~100 ulp of a coordinate of ½
constexpr int kMostLayers = 256;         // transparent layers along one ray
constexpr int kFirstRouletteBounce = 3;
constexpr std::uint32_t kPairsPerVertex = 3;  // of sample dimensions
constexpr int kLampCandidates = 2;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

float largest(const Vec3f& c) { return std::max({c.x, c.y, c.z}); }

Vec3f leaving(const SurfacePoint& point, const Vec3f& direction) {
  const float side = dot(direction, point.geometric_normal) < 0.0F ? -kSurfaceOffset : kSurfaceOffset;
  return point.position + point.geometric_normal * side;
}

// Power heuristic of exponent 2.
float mis_weight(float own_pdf, float other_pdf) {
  if (std::isinf(own_pdf)) return 1.0F;
  const float a = own_pdf * own_pdf, b = other_pdf * other_pdf;
  return a > 0.0F ? a / (a + b) : 0.0F;
}

// The i-th of `count` points that are well spread, each uniform where `u` is.
Vec2f shifted(const Vec2f& u, int i, int count) {
  const float x = u.x + static_cast<float>(i) / static_cast<float>(count);
  const float y = u.y + static_cast<float>(i) * 0.618034F;
  return {x - std::floor(x), y - std::floor(y)};
}

}  // namespace

Rotation::Rotation(const Transform& transform) {
  for (std::size_t i = 0; i < 9; ++i) m_[i] = static_cast<float>(transform.linear[i]);
}

struct PathSampler::Hit : RayHit {
  float leftover = 0;  // a number in [0, 1) that no choice has used
};

struct PathSampler::Path {
  Ray ray;
  float width = 0, spread = 0;  // of the footprint
  Vec3f throughput{1, 1, 1}, radiance;
  float choice = 0;  // in [0, 1), for transparent layers
  // Of the scattering that led here, for weighing the environment's light against sampling it.
  float bsdf_pdf = kInfinity;
  int light_candidates = 1;  // drawn there as lights
  int facing = 0;
  Vec2f place;                  // of the ray's direction on the environment's map; after the first scattering
  float least_pdf = kInfinity;  // of all scatterings so far
  bool met_surface = false;
  int bounces = 0;
  std::array<int, 3> bounces_of_kind{};
};

PathSampler::PathSampler(const RayScene& rays, const SurfaceShader& shader, const Lighting& light,
                         const RenderSettings& settings)
    : rays_(rays),
      shader_(shader),
      environment_(*light.environment),
      environment_from_world_(light.environment_from_world),
      settings_(settings) {}

Radiance PathSampler::backdrop(const Vec3f& direction) const {
  switch (settings_.backdrop) {
    case Backdrop::kTransparent:
      return {};
    case Backdrop::kColor:
      return {settings_.backdrop_color.x, settings_.backdrop_color.y, settings_.backdrop_color.z, 1};
    case Backdrop::kEnvironment:
      break;
  }
  const Vec3f seen = environment_.radiance(environment_from_world_.apply(normalized(direction)));
  return {seen.x, seen.y, seen.z, 1};
}

Radiance PathSampler::trace(const Ray& camera_ray, float spread, PixelSampler& sampler) const {
  Path path;
  path.ray = camera_ray;
  path.spread = spread;
  path.facing = environment_.all_around();
  SurfacePoint point;
  for (std::uint32_t vertex = 0;; ++vertex) {
    sampler.set_pair(1 + kPairsPerVertex * vertex);
    const Vec2f choices = sampler.next_2d();
    path.choice = choices.x;
    if (!walk(path, point)) break;
    if (point.unlit || !may_scatter(path) || !survives(path, sampler)) break;
    if (!scatter(path, point, sampler, choices.y)) break;
  }
  if (!path.met_surface) return backdrop(path.ray.direction);
  if (settings_.clamp_radiance > 0)
    for (int c = 0; c < 3; ++c)
      path.radiance[c] = std::min(path.radiance[c], static_cast<float>(settings_.clamp_radiance));
  return {path.radiance.x, path.radiance.y, path.radiance.z, 1};
}

// Follows the path to the next surface that scatters it and adds what the surface emits; false: it left the
// scene, and the light it met there is added.
bool PathSampler::walk(Path& path, SurfacePoint& point) const {
  for (int wall = 0; wall < kMostLayers; ++wall) {
    Hit hit;
    if (!next_surface(path, hit)) {
      if (path.met_surface) path.radiance += path.throughput * escaped(path);
      return false;
    }
    path.met_surface = true;
    const Vec3f toward_viewer = -normalized(path.ray.direction);
    point = shader_.shade(hit.triangle, hit.u, hit.v, toward_viewer, path.width + path.spread * hit.t);
    if (largest(point.absorption) > 0.0F)
      for (int c = 0; c < 3; ++c) path.throughput[c] *= std::exp(-point.absorption[c] * hit.t);
    if (point.material.clear_wall && pass_clear_wall(path, hit, point)) continue;
    path.width += path.spread * hit.t;
    path.radiance += path.throughput * (point.unlit ? point.material.base_color : point.emission);
    return true;
  }
  return false;
}

// Russian roulette on what a surface may still add.
bool PathSampler::survives(Path& path, PixelSampler& sampler) const {
  const float survival = std::min(1.0F, largest(path.throughput));
  if (path.bounces < kFirstRouletteBounce || survival >= 1.0F) return true;
  if (sampler.uniform() >= survival) return false;
  path.throughput *= 1.0F / survival;
  return true;
}

// The next surface that the path meets; transparent ones are passed with probability 1 − opacity.
bool PathSampler::next_surface(Path& path, Hit& hit) const {
  for (int layer = 0; layer < kMostLayers; ++layer) {
    if (!rays_.intersect(path.ray, hit)) return false;
    const float opacity =
        shader_.may_be_transparent(hit.triangle) ? shader_.opacity(hit.triangle, hit.u, hit.v) : 1.0F;
    if (path.choice < opacity) {
      hit.leftover = path.choice / opacity;
      return true;
    }
    path.choice = (path.choice - opacity) / (1.0F - opacity);
    path.ray.t_min = std::nextafter(hit.t, path.ray.t_max);
  }
  return false;
}

// Goes on through smooth thin glass, or is left to what the glass scatters.
bool PathSampler::pass_clear_wall(Path& path, const Hit& hit, const SurfacePoint& point) const {
  const float cosine = std::abs(dot(normalized(path.ray.direction), point.shading_normal));
  const Vec3f passing = straight_transmittance(point.material, cosine);
  const float probability = std::min(0.95F, largest(passing));
  if (hit.leftover >= probability) {
    path.throughput *= 1.0F / (1.0F - probability);
    return false;
  }
  path.throughput = path.throughput * passing * (1.0F / probability);
  path.ray.t_min = std::nextafter(hit.t, path.ray.t_max);
  return true;
}

// Beyond its limits a path only collects what its last direction meets.
bool PathSampler::may_scatter(const Path& path) const {
  return path.bounces <= settings_.max_bounces && path.bounces_of_kind[0] <= settings_.max_diffuse_bounces &&
         path.bounces_of_kind[1] <= settings_.max_glossy_bounces &&
         path.bounces_of_kind[2] <= settings_.max_transmission_bounces;
}

// Widens the lobes of surfaces that a path meets after it was scattered widely, by Cycles' rule.
MaterialPoint PathSampler::blurred(const MaterialPoint& material, float least_pdf) const {
  const auto strength = static_cast<float>(settings_.filter_glossy);
  if (!(least_pdf < strength)) return material;
  const float roughness = std::sqrt(0.5F * std::sqrt(1.0F - least_pdf / strength));
  MaterialPoint blurred = material;
  blurred.roughness = std::max(blurred.roughness, roughness);
  blurred.clearcoat_roughness = std::max(blurred.clearcoat_roughness, roughness);
  return blurred;
}

// Adds the light that reaches the point directly and sends the path on; false: it ends here.
bool PathSampler::scatter(Path& path, const SurfacePoint& point, PixelSampler& sampler, float lobe) const {
  const Frame frame(point.shading_normal);
  const Vec3f wo = frame.to_local(-normalized(path.ray.direction));
  const Bsdf bsdf(blurred(point.material, path.least_pdf), wo, frame.to_local(point.coat_normal));
  path.facing = bsdf.passes_light()
                    ? environment_.all_around()
                    : environment_.facing(environment_from_world_.apply(point.shading_normal));
  const bool picks_lamps = path.bounces == 0 && bsdf.is_narrow() && environment_.has_small_lamps();
  path.light_candidates = picks_lamps ? kLampCandidates : 1;
  path.radiance += path.throughput * direct_light(point, frame, bsdf, path, sampler);

  const Bsdf::Sample next = bsdf.sample(lobe, sampler.next_2d());
  path.throughput = path.throughput * next.weight;
  if (!(largest(path.throughput) > 0)) return false;
  const Vec3f direction = frame.to_world(next.wi);
  // A direction that shading and geometric normal disagree about leads through the surface.
  if ((dot(direction, point.geometric_normal) > 0) != (next.wi.z > 0)) return false;
  path.bounces += 1;
  path.bounces_of_kind[static_cast<std::size_t>(next.bounce)] += 1;
  path.bsdf_pdf = next.pdf;
  path.least_pdf = std::min(path.least_pdf, next.pdf);
  path.ray = {leaving(point, direction), direction};
  path.place = environment_.locate(environment_from_world_.apply(direction));
  path.spread = std::max(path.spread, 0.3F / std::sqrt(1.0F + next.pdf));
  return true;
}

// Environment light met by a BSDF sample, weighted against having been sampled as a light.
Vec3f PathSampler::escaped(const Path& path) const {
  const Vec2f place =
      path.bounces > 0 ? path.place
                       : environment_.locate(environment_from_world_.apply(normalized(path.ray.direction)));
  const Environment::Light light = environment_.at(place, path.facing);
  return light.radiance * mis_weight(path.bsdf_pdf, static_cast<float>(path.light_candidates) * light.pdf);
}

// Of several directions drawn as lights one is followed, with a probability after what it brings where
// nothing hides it (resampled importance sampling, Talbot et al. 2005): a lobe that sees one lamp of many
// finds it. The candidates count as so many samples of light when weighed against those of the BSDF.
Vec3f PathSampler::direct_light(const SurfacePoint& point, const Frame& frame, const Bsdf& bsdf,
                                const Path& path, PixelSampler& sampler) const {
  const Vec2f u = sampler.next_2d();
  float choice = sampler.uniform();
  const auto count = static_cast<float>(path.light_candidates);
  Vec3f chosen, chosen_direction;
  float sum = 0, chosen_share = 0;
  for (int i = 0; i < path.light_candidates; ++i) {
    const Environment::Sample light = environment_.sample(shifted(u, i, path.light_candidates), path.facing);
    const Vec3f direction = environment_from_world_.apply_inverse(light.direction);
    const Vec3f local = frame.to_local(direction);
    if (!(light.pdf > 0) || (dot(direction, point.geometric_normal) > 0) != (local.z > 0)) continue;
    const Bsdf::Value value = bsdf.at(local);
    if (!(largest(value.scattered) > 0)) continue;
    const Vec3f brought = value.scattered * environment_.radiance_at(light.place) *
                          (mis_weight(count * light.pdf, value.pdf) / (count * light.pdf));
    const float share = brought.x + brought.y + brought.z;
    if (!(share > 0)) continue;
    sum += share;
    const float probability = share / sum;  // of taking this one in place of those before
    if (choice < probability) {
      choice /= probability;
      chosen = brought;
      chosen_direction = direction;
      chosen_share = share;
    } else {
      choice = (choice - probability) / (1.0F - probability);
    }
  }
  if (!(chosen_share > 0)) return {};
  return chosen * transmittance({leaving(point, chosen_direction), chosen_direction}) * (sum / chosen_share);
}

Vec3f PathSampler::transmittance(Ray ray) const {
  Vec3f transmitted{1, 1, 1};
  if (!shader_.has_transparency() && !shader_.has_clear_walls())
    return rays_.occluded(ray) ? Vec3f{} : transmitted;
  for (int layer = 0; layer < kMostLayers; ++layer) {
    RayHit hit;
    if (!rays_.intersect(ray, hit)) return transmitted;
    const float opacity = shader_.opacity(hit.triangle, hit.u, hit.v);
    const Vec3f passing = shader_.passes_straight(hit.triangle, hit.u, hit.v, ray.direction) * opacity;
    const float clear = 1.0F - opacity;
    transmitted = transmitted * (passing + Vec3f{clear, clear, clear});
    if (!(largest(transmitted) > 0)) return {};
    ray.t_min = std::nextafter(hit.t, ray.t_max);
  }
  return {};
}

}  // namespace funcorr
