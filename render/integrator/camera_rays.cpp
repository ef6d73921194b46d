#include "render/integrator/camera_rays.h"

#include <algorithm>

namespace funcorr {
namespace {

Vec3f to_float(const Vec3d& v) {
  return {static_cast<float>(v.x), static_cast<float>(v.y), static_cast<float>(v.z)};
}

}  // namespace

CameraRays::CameraRays(const Camera& camera) {
  const Transform world_from_cam = camera.cam_from_world.inverse();
  origin_ = to_float(world_from_cam.translation);
  right_ = world_from_cam.direction({1.0 / camera.fx, 0, 0});
  down_ = world_from_cam.direction({0, 1.0 / camera.fy, 0});
  corner_ = world_from_cam.direction({0, 0, 1}) - right_ * camera.cx - down_ * camera.cy;
  pixel_width_ = static_cast<float>(1.0 / std::max(camera.fx, camera.fy));
}

Ray CameraRays::through(double x, double y) const {
  return {origin_, to_float(corner_ + right_ * x + down_ * y)};
}

}  // namespace funcorr
