#pragma once

#include "render/camera.h"
#include "render/integrator/ray_scene.h"

namespace funcorr {

// Rays of a camera; `direction` has z component 1 in camera space, so that t is the z-depth.
class CameraRays {
 public:
  explicit CameraRays(const Camera& camera);

  // Through a continuous pixel position.
  Ray through(double x, double y) const;
  // World units that a pixel spans at z-depth 1.
  float pixel_width() const { return pixel_width_; }

 private:
  Vec3f origin_;
  Vec3d corner_, right_, down_;  // world directions: through pixel position (0, 0), and per pixel
  float pixel_width_;
};

}  // namespace funcorr
