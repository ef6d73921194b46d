#pragma once

#include <cstdint>
#include <functional>

#include "render/camera.h"
#include "render/format/image.h"
#include "render/integrator/ray_scene.h"
#include "render/light/environment.h"
#include "render/material/surface.h"

namespace funcorr {

enum class Backdrop { kTransparent, kWhite, kEnvironment };

struct RenderSettings {
  int samples = 100;              // paths per pixel
  int max_bounces = 8;            // reflections after the first surface; 0: direct light only
  double exposure_stops = 0;      // radiance is multiplied by 2^stops before the sRGB view transform
  double clamp_radiance = 0;      // per path and channel, against fireflies; 0: off, unbiased
  double filter_radius_px = 1.5;  // Blackman–Harris, as Cycles' filter width of 1.5; 0: box of one pixel
  Backdrop backdrop = Backdrop::kTransparent;
  int threads = 0;  // 0: all of the machine
  std::uint64_t seed = 0;
};

// The light around an object: environment_from_world turns directions of normalised object space (y up) into
// the environment's z-up world; see release_world_from_object() and HDRI rotation in REFERENCE.
struct Lighting {
  const Environment* environment = nullptr;
  Transform environment_from_world;  // rotation
};

// Where time goes; only filled when asked for, since reading the clock twice a ray costs some of it.
struct RayStatistics {
  std::int64_t rays = 0;
  double seconds_in_embree = 0;
};

// Unidirectional path tracer: environment light by multiple importance sampling (power heuristic), Russian
// roulette from the third bounce on, stochastic transparency for blended materials. Equal inputs give equal
// bytes, whatever the number of threads. Methods are thread-safe.
class PathTracer {
 public:
  // Refers to the scene, which must outlive it. Build uses `threads` threads (0: all of the machine).
  explicit PathTracer(const Scene& scene, int threads = 0);

  // Linear radiance premultiplied by alpha, and alpha. [height, width, 4]
  ImageF radiance(const Camera& camera, const Lighting& light, const RenderSettings& settings,
                  RayStatistics* statistics = nullptr) const;
  // The nearest surface of opacity ½ and more.
  bool intersect_opaque(Ray ray, RayHit& nearest) const;
  const Scene& scene() const { return *scene_; }
  const SurfaceShader& shader() const { return shader_; }
  const RayScene& rays() const { return rays_; }

 private:
  const Scene* scene_;
  SurfaceShader shader_;
  RayScene rays_;
};

// Straight-alpha RGBA through the standard sRGB view transform, from premultiplied linear radiance.
Image8 develop(const ImageF& premultiplied, double exposure_stops = 0);

// Samples Blackman–Harris of the given radius by inverting its distribution function: u in [0, 1) → offset
// from the pixel's centre in pixels.
float sample_blackman_harris(float u, float radius);

}  // namespace funcorr
