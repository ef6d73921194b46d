#pragma once

#include <cstdint>

#include "render/camera.h"
#include "db/format/image.h"
#include "render/integrator/ray_scene.h"
#include "render/integrator/view_transform.h"
#include "render/light/environment.h"
#include "render/material/surface.h"

namespace funcorr {

enum class Backdrop { kTransparent, kColor, kEnvironment };

struct RenderSettings {
  int samples = 20;  // paths per covered pixel: each pixel's, or the mean where `adaptive`
  // Noisy pixels get more of the samples. A quarter is spent evenly, the rest in two rounds in proportion to
  // the standard deviation, of colours relative to brightness and of alpha, that a pixel's and its
  // neighbours' samples have shown so far. What is found decides about what is searched, so pictures are
  // biased by a little (the bench measures it). Below 16 samples: evenly.
  bool adaptive = true;
  // Scatterings after the first surface; 0: direct light only. In all, and of each kind.
  int max_bounces = 8;
  int max_diffuse_bounces = 4, max_glossy_bounces = 4, max_transmission_bounces = 8;
  // Against noise of caustics: surfaces met after a scattering of low density count as rougher, as by Cycles'
  // setting of that name and default. 0: off, unbiased.
  double filter_glossy = 1;
  double clamp_radiance = 0;      // per path and channel, against fireflies; 0: off, unbiased
  double filter_radius_px = 1.5;  // Blackman–Harris, as Cycles' filter width of 1.5; 0: box of one pixel
  bool denoise = false;           // see denoise.h; the build must have a denoiser
  Backdrop backdrop = Backdrop::kTransparent;
  Vec3f backdrop_color{1, 1, 1};                            // linear
  double exposure_stops = 0;                                // for develop()
  ViewTransform view_transform = ViewTransform::kStandard;  // for develop()
  int threads = 0;                                          // 0: all of the machine
  std::uint64_t seed = 0;
};

// The light around an object: environment_from_world turns directions of normalised object space (y up) into
// the environment's z-up world; see release_world_from_object() and HDRI rotation in REFERENCE.
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

  // Linear radiance premultiplied by alpha, and alpha. [height, width, 4] Throws std::runtime_error where
  // denoising is wanted and fails.
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
