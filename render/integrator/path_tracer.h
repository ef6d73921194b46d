#pragma once

#include "db/format/image.h"
#include "render/camera.h"
#include "render/integrator/ray_scene.h"
#include "render/integrator/render_settings.h"
#include "render/light/environment.h"
#include "render/material/surface.h"

namespace funcorr {

// The light around an object: environment_from_world turns directions of normalised object space (y up) into
// the environment's z-up world; see release_world_from_object() and turned_environment().
struct Lighting {
  const Environment* environment = nullptr;
  Transform environment_from_world;  // rotation
};

// Unidirectional path tracer: environment light by multiple importance sampling (power heuristic) of the
// BSDF and of the product of map and cosine, Russian roulette from the third bounce on, stochastic
// transparency for blended materials, smooth thin glass passed straight by light and path alike. Pixels that
// no triangle touches cost nothing. Samples spread over their pixel with equal density and count for every
// pixel whose filter reaches them. Equal inputs give equal bytes, whatever the number of threads. Methods are
// thread-safe.
class PathTracer {
 public:
  // Refers to the scene, which must outlive it. Build uses `threads` threads (0: all of the machine).
  explicit PathTracer(const Scene& scene, int threads = 0);

  // Linear radiance premultiplied by alpha, and alpha. [height, width, 4] Throws UsageError for settings
  // out of their ranges, and std::runtime_error where denoising is wanted and fails.
  ImageF radiance(const Camera& camera, const Lighting& light, const RenderSettings& settings) const;
  // The nearest surface of opacity ½ and more.
  bool intersect_opaque(Ray ray, RayHit& nearest) const;
  const Scene& scene() const { return *scene_; }
  const SurfaceShader& shader() const { return shader_; }
  const RayScene& rays() const { return rays_; }
  RayScene& rays() { return rays_; }

 private:
  const Scene* scene_;
  SurfaceShader shader_;
  RayScene rays_;
};

}  // namespace funcorr
