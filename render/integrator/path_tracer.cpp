#include "render/integrator/path_tracer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>

#include <tbb/blocked_range2d.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "render/integrator/sampler.h"
#include "render/material/bsdf.h"

namespace funcorr {
namespace {

constexpr int kTile = 16;                // pixels
constexpr float kSurfaceOffset = 5e-6F;  // of secondary rays along the normal; ~100 ulp of a coordinate of ½
constexpr int kMostLayers = 256;         // transparent layers along one ray
constexpr int kFirstRouletteBounce = 2;
constexpr std::uint32_t kPairsPerBounce = 3;

Vec3f to_float(const Vec3d& v) {
  return {static_cast<float>(v.x), static_cast<float>(v.y), static_cast<float>(v.z)};
}

float largest(const Vec3f& c) { return std::max({c.x, c.y, c.z}); }

// Rays of a camera; `direction` has z component 1 in camera space, so that t is the z-depth.
struct CameraRays {
  explicit CameraRays(const Camera& camera) : intrinsics(camera) {
    const Transform world_from_cam = camera.cam_from_world.inverse();
    origin = to_float(world_from_cam.translation);
    right = world_from_cam.direction({1.0 / camera.fx, 0, 0});
    down = world_from_cam.direction({0, 1.0 / camera.fy, 0});
    forward = world_from_cam.direction({0, 0, 1});
  }
  Ray through(double x, double y) const {
    return {origin, to_float(right * (x - intrinsics.cx) + down * (y - intrinsics.cy) + forward)};
  }
  Camera intrinsics;
  Vec3f origin;
  Vec3d right, down, forward;  // world directions per pixel, and of the axis
};

// Orthonormal basis around a unit z (Duff et al. 2017).
struct Frame {
  explicit Frame(const Vec3f& normal) : z(normal) {
    const float sign = std::copysign(1.0F, z.z);
    const float a = -1.0F / (sign + z.z), b = z.x * z.y * a;
    x = {1.0F + sign * z.x * z.x * a, sign * b, -sign * z.x};
    y = {b, sign + z.y * z.y * a, -z.y};
  }
  Vec3f to_local(const Vec3f& v) const { return {dot(v, x), dot(v, y), dot(v, z)}; }
  Vec3f to_world(const Vec3f& v) const { return x * v.x + y * v.y + z * v.z; }
  Vec3f x, y, z;
};

struct Rotation {
  explicit Rotation(const Transform& transform) {
    for (std::size_t i = 0; i < 9; ++i) m[i] = static_cast<float>(transform.linear[i]);
  }
  Vec3f apply(const Vec3f& v) const {
    return {m[0] * v.x + m[1] * v.y + m[2] * v.z, m[3] * v.x + m[4] * v.y + m[5] * v.z,
            m[6] * v.x + m[7] * v.y + m[8] * v.z};
  }
  Vec3f apply_inverse(const Vec3f& v) const {
    return {m[0] * v.x + m[3] * v.y + m[6] * v.z, m[1] * v.x + m[4] * v.y + m[7] * v.z,
            m[2] * v.x + m[5] * v.y + m[8] * v.z};
  }
  std::array<float, 9> m{};
};

struct Pixels {  // rectangle, ends exclusive
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

// Traces the paths of one tile.
class TileTracer {
 public:
  TileTracer(const RayScene& rays, const SurfaceShader& shader, const Lighting& light,
             const RenderSettings& settings, bool timed)
      : rays_(rays),
        shader_(shader),
        environment_(*light.environment),
        environment_from_world_(light.environment_from_world),
        settings_(settings),
        timed_(timed) {}

  // Premultiplied linear RGBA of one path through the pixel.
  std::array<float, 4> sample(const CameraRays& camera, int x, int y, PixelSampler& sampler) {
    const auto radius = static_cast<float>(settings_.filter_radius_px);
    const Vec2f u = sampler.next_2d();
    const Vec2f offset = radius > 0
                             ? Vec2f{sample_blackman_harris(u.x, radius), sample_blackman_harris(u.y, radius)}
                             : Vec2f{u.x - 0.5F, u.y - 0.5F};
    Ray ray =
        camera.through(x + 0.5 + static_cast<double>(offset.x), y + 0.5 + static_cast<double>(offset.y));
    float alpha = 1;
    Vec3f radiance = trace(ray, sampler, alpha);
    if (settings_.clamp_radiance > 0)
      for (int c = 0; c < 3; ++c)
        radiance[c] = std::min(radiance[c], static_cast<float>(settings_.clamp_radiance));
    return {radiance.x, radiance.y, radiance.z, alpha};
  }

  const RayStatistics& statistics() const { return statistics_; }

 private:
  Vec3f trace(Ray ray, PixelSampler& sampler, float& alpha) {
    Vec3f radiance, throughput{1, 1, 1};
    float bsdf_pdf = 0;
    for (int bounce = 0;; ++bounce) {
      sampler.set_pair(1 + kPairsPerBounce * static_cast<std::uint32_t>(bounce));
      const Vec2f choices = sampler.next_2d();  // transparency, then lobe and roulette
      RayHit hit;
      if (!next_surface(ray, choices.x, hit)) {
        if (bounce == 0) return backdrop(ray, alpha);
        return radiance + throughput * escaped(ray.direction, bsdf_pdf);
      }
      const Vec3f toward_viewer = -normalized(ray.direction);
      const SurfacePoint point = shader_.shade(hit.triangle, hit.u, hit.v, toward_viewer);
      radiance += throughput * (point.unlit ? point.base_color : point.emission);
      if (point.unlit || bounce > settings_.max_bounces) return radiance;

      const Frame frame(point.shading_normal);
      const Bsdf bsdf(point.base_color, point.metallic, point.roughness, frame.to_local(toward_viewer));
      radiance += throughput * direct_light(point, frame, bsdf, sampler.next_2d());

      const Bsdf::Sample next = bsdf.sample(choices.y, sampler.next_2d());
      const Vec3f direction = frame.to_world(next.wi);
      throughput = throughput * next.weight;
      if (!(largest(throughput) > 0) || dot(direction, point.geometric_normal) <= 0) return radiance;
      if (bounce >= kFirstRouletteBounce) {
        const float survival = std::min(0.95F, largest(throughput));
        if (roulette(choices) >= survival) return radiance;
        throughput *= 1.0F / survival;
      }
      bsdf_pdf = next.pdf;
      ray = {leaving(point), direction};
    }
  }

  static Vec3f leaving(const SurfacePoint& point) {
    return point.position + point.geometric_normal * kSurfaceOffset;
  }

  // A number in [0, 1) for Russian roulette out of the low bits of two that are used for their high bits.
  static float roulette(const Vec2f& choices) {
    const float mixed = choices.x * 4096.0F + choices.y * 1024.0F;
    return mixed - std::floor(mixed);
  }

  Vec3f backdrop(const Ray& ray, float& alpha) const {
    alpha = settings_.backdrop == Backdrop::kTransparent ? 0.0F : 1.0F;
    if (settings_.backdrop == Backdrop::kWhite) return {1, 1, 1};
    if (settings_.backdrop == Backdrop::kEnvironment)
      return environment_.radiance(environment_from_world_.apply(normalized(ray.direction)));
    return {};
  }

  // Environment light met by a BSDF sample, weighted against having been sampled as a light.
  Vec3f escaped(const Vec3f& direction, float bsdf_pdf) const {
    const Vec3f d = environment_from_world_.apply(direction);
    const float light_pdf = environment_.pdf(d);
    const float a = bsdf_pdf * bsdf_pdf, b = light_pdf * light_pdf;
    const float weight = std::isinf(a) ? 1.0F : a / (a + b);
    return environment_.radiance(d) * weight;
  }

  Vec3f direct_light(const SurfacePoint& point, const Frame& frame, const Bsdf& bsdf, const Vec2f& u) {
    const Environment::Sample light = environment_.sample(u);
    const Vec3f direction = environment_from_world_.apply_inverse(light.direction);
    if (!(light.pdf > 0) || dot(direction, point.geometric_normal) <= 0) return {};
    const Vec3f local = frame.to_local(direction);
    const Vec3f reflected = bsdf.evaluate(local) * light.radiance;
    if (!(largest(reflected) > 0)) return {};
    const float visible = transmittance({leaving(point), direction});
    if (visible <= 0) return {};
    const float bsdf_pdf = bsdf.pdf(local);
    const float a = light.pdf * light.pdf, b = bsdf_pdf * bsdf_pdf;
    const float weight = std::isinf(a) ? 1.0F : a / (a + b);
    return reflected * (visible * weight * local.z / light.pdf);
  }

  // The next surface that the path meets; transparent ones are passed with probability 1 − opacity.
  bool next_surface(Ray ray, float u, RayHit& hit) {
    for (int layer = 0; layer < kMostLayers; ++layer) {
      if (!intersect(ray, hit)) return false;
      if (!shader_.may_be_transparent(hit.triangle)) return true;
      const float opacity = shader_.opacity(hit.triangle, hit.u, hit.v);
      if (u < opacity) return true;
      u = (u - opacity) / (1.0F - opacity);
      ray.t_min = std::nextafter(hit.t, ray.t_max);
    }
    return false;
  }

  float transmittance(Ray ray) {
    if (!shader_.has_transparency()) return occluded(ray) ? 0.0F : 1.0F;
    float transmitted = 1;
    for (int layer = 0; layer < kMostLayers && transmitted > 0; ++layer) {
      RayHit hit;
      if (!intersect(ray, hit)) return transmitted;
      transmitted *= 1.0F - shader_.opacity(hit.triangle, hit.u, hit.v);
      ray.t_min = std::nextafter(hit.t, ray.t_max);
    }
    return 0.0F;
  }

  bool intersect(const Ray& ray, RayHit& hit) {
    return counted([&] { return rays_.intersect(ray, hit); });
  }
  bool occluded(const Ray& ray) {
    return counted([&] { return rays_.occluded(ray); });
  }
  template <typename Query>
  bool counted(const Query& query) {
    ++statistics_.rays;
    if (!timed_) return query();
    const auto start = std::chrono::steady_clock::now();
    const bool found = query();
    statistics_.seconds_in_embree +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return found;
  }

  const RayScene& rays_;
  const SurfaceShader& shader_;
  const Environment& environment_;
  Rotation environment_from_world_;
  const RenderSettings& settings_;
  bool timed_;
  RayStatistics statistics_;
};

// The pixels that a path through the filter may reach the object from; all of them when part of the object is
// behind the camera.
Pixels covered_pixels(const Camera& camera, const Mesh& mesh, double filter_radius) {
  const Pixels all{0, 0, camera.width, camera.height};
  double low_x = 1e30, low_y = 1e30, high_x = -1e30, high_y = -1e30;
  for (const Vec3d& position : mesh.positions) {
    const Vec3d p = camera.project(position);
    if (!(p.z > 1e-6)) return all;
    low_x = std::min(low_x, p.x);
    high_x = std::max(high_x, p.x);
    low_y = std::min(low_y, p.y);
    high_y = std::max(high_y, p.y);
  }
  const double margin = filter_radius + 2.0;
  const auto clip = [](double value, int size) {
    return static_cast<int>(std::clamp(value, 0.0, static_cast<double>(size)));
  };
  return {clip(low_x - margin, camera.width), clip(low_y - margin, camera.height),
          clip(high_x + margin, camera.width), clip(high_y + margin, camera.height)};
}

// Calls work(range of pixels) for every tile, on `threads` threads.
template <typename Work>
void for_each_tile(const Pixels& area, int threads, const Work& work) {
  if (area.x1 <= area.x0 || area.y1 <= area.y0) return;
  tbb::task_arena arena(threads > 0 ? threads : tbb::task_arena::automatic);
  arena.execute([&] {
    tbb::parallel_for(tbb::blocked_range2d<int>(area.y0, area.y1, kTile, area.x0, area.x1, kTile), work);
  });
}

}  // namespace

PathTracer::PathTracer(const Scene& scene, int threads)
    : scene_(&scene), shader_(scene), rays_(scene.mesh, threads) {}

ImageF PathTracer::radiance(const Camera& camera, const Lighting& light, const RenderSettings& settings,
                            RayStatistics* statistics) const {
  ImageF image(camera.width, camera.height, 4);
  const CameraRays camera_rays(camera);
  const Pixels area = settings.backdrop == Backdrop::kTransparent
                          ? covered_pixels(camera, scene_->mesh, std::max(0.5, settings.filter_radius_px))
                          : Pixels{0, 0, camera.width, camera.height};
  std::mutex statistics_mutex;
  for_each_tile(area, settings.threads, [&](const tbb::blocked_range2d<int>& tile) {
    TileTracer tracer(rays_, shader_, light, settings, statistics != nullptr);
    for (int y = tile.rows().begin(); y < tile.rows().end(); ++y)
      for (int x = tile.cols().begin(); x < tile.cols().end(); ++x) {
        PixelSampler sampler(settings.seed, x, y, camera.width);
        std::array<double, 4> sum{};
        for (int i = 0; i < settings.samples; ++i) {
          sampler.start_sample(i);
          const std::array<float, 4> value = tracer.sample(camera_rays, x, y, sampler);
          for (std::size_t c = 0; c < 4; ++c) sum[c] += static_cast<double>(value[c]);
        }
        for (std::size_t c = 0; c < 4; ++c) image.at(x, y)[c] = static_cast<float>(sum[c] / settings.samples);
      }
    if (statistics != nullptr) {
      const std::scoped_lock lock(statistics_mutex);
      statistics->rays += tracer.statistics().rays;
      statistics->seconds_in_embree += tracer.statistics().seconds_in_embree;
    }
  });
  return image;
}

bool PathTracer::intersect_opaque(Ray ray, RayHit& nearest) const {
  for (int layer = 0; layer < kMostLayers; ++layer) {
    if (!rays_.intersect(ray, nearest)) return false;
    if (!shader_.may_be_transparent(nearest.triangle) ||
        shader_.opacity(nearest.triangle, nearest.u, nearest.v) >= 0.5F)
      return true;
    ray.t_min = std::nextafter(nearest.t, ray.t_max);
  }
  return false;
}

}  // namespace funcorr
