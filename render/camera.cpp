#include "render/camera.h"

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "db/format/random.h"

namespace funcorr {
namespace {

constexpr double kCameraRadius = 2.0;
constexpr double kMaxTurnDegrees = 25.0;
constexpr double kMaxElevationDegrees = 60.0;

// Labelling positions in the release's z-up world, as the release has them.
constexpr std::array<Vec3d, 19> kLabellingEyesZUp = {{{0.417781, -0.964887, -1.701309},
                                                      {0.525738, -1.618023, -1.051475},
                                                      {1.701296, 0.0, -1.051472},
                                                      {-1.376379, -0.999994, -1.051472},
                                                      {-0.324911, 0.999991, -1.701309},
                                                      {-1.376379, 0.999994, -1.051472},
                                                      {0.525738, 1.618023, -1.051475},
                                                      {1.902116, 0.618025, 0.0},
                                                      {1.175571, -1.618033, 0.0},
                                                      {-1.175571, -1.618033, 0.0},
                                                      {-1.902116, 0.618025, 0.0},
                                                      {0.0, 2.0, 0.0},
                                                      {1.376379, -0.999994, 1.051472},
                                                      {-0.525738, -1.618023, 1.051475},
                                                      {-1.701296, 0.0, 1.051472},
                                                      {-0.525738, 1.618023, 1.051475},
                                                      {1.376379, 0.999994, 1.051472},
                                                      {0.996943, -0.334173, 1.701303},
                                                      {-1.019194, 0.258443, 1.701308}}};
static_assert(kLabellingEyesZUp.size() == kLabellingPositions);

constexpr double radians(double degrees) { return degrees * std::numbers::pi / 180.0; }

// The release turns the object in its z-up world: about x, then y, then z.
Transform random_object_turn(std::uint64_t seed) {
  Random random(seed);
  const double about_x = radians(kMaxTurnDegrees * random.uniform());
  const double about_y = radians(kMaxTurnDegrees * random.uniform());
  const double about_z = radians(kMaxTurnDegrees * random.uniform());
  return Transform::rotate_z(about_z) * Transform::rotate_y(about_y) * Transform::rotate_x(about_x);
}

Camera camera_at_z_up(const Vec3d& eye, const Transform& release_world_from_world, int size_px) {
  Camera camera = intrinsics_50mm(size_px);
  camera.cam_from_world = look_at(eye, {0, 0, 0}, {0, 0, 1}) * release_world_from_world;
  return camera;
}

}  // namespace

Camera intrinsics_50mm(int size_px) {
  Camera camera;
  camera.width = camera.height = size_px;
  camera.fx = camera.fy = size_px * 50.0 / 36.0;
  camera.cx = camera.cy = size_px / 2.0;
  return camera;
}

Transform look_at(const Vec3d& eye, const Vec3d& target, const Vec3d& up) {
  const Vec3d forward = normalized(target - eye);
  Vec3d side = cross(forward, up);
  if (dot(side, side) < 1e-20 * dot(up, up))  // `up` along the view: any horizontal direction will do
    side = cross(forward, std::abs(forward.x) < 0.9 ? Vec3d{1, 0, 0} : Vec3d{0, 1, 0});
  const Vec3d right = normalized(side);
  const Vec3d down = cross(forward, right);
  Transform cam_from_world;
  cam_from_world.linear = {right.x, right.y,   right.z,   down.x,   down.y,
                           down.z,  forward.x, forward.y, forward.z};
  cam_from_world.translation = -cam_from_world.direction(eye);
  return cam_from_world;
}

Transform release_world_from_object() {
  Transform turn;
  turn.linear = {1, 0, 0, 0, 0, -1, 0, 1, 0};  // +90° about x, without rounding
  return turn;
}

Transform release_world_from_labelled_object(std::uint64_t seed) {
  return random_object_turn(seed) * release_world_from_object();
}

std::vector<Camera> labelling_cameras(int views, int size_px, std::uint64_t seed) {
  if (views < 0 || views > kLabellingPositions)
    throw std::invalid_argument("labelling views: " + std::to_string(views) + " asked, there are 0 to " +
                                std::to_string(kLabellingPositions));
  const Transform release_world_from_world = release_world_from_labelled_object(seed);
  std::vector<Camera> cameras;
  for (int i = 0; i < views; ++i)
    cameras.push_back(
        camera_at_z_up(kLabellingEyesZUp[static_cast<std::size_t>(i)], release_world_from_world, size_px));
  return cameras;
}

std::vector<Camera> training_cameras(int views, int size_px, std::uint64_t seed) {
  Random random(seed);
  std::vector<Camera> cameras;
  for (int i = 0; i < views; ++i) {
    const double elevation = radians(kMaxElevationDegrees * (2.0 * random.uniform() - 1.0));
    const double azimuth = 2.0 * std::numbers::pi * random.uniform();
    const Vec3d eye = kCameraRadius * Vec3d{std::cos(elevation) * std::cos(azimuth),
                                            std::cos(elevation) * std::sin(azimuth), std::sin(elevation)};
    cameras.push_back(camera_at_z_up(eye, release_world_from_object(), size_px));
  }
  return cameras;
}

}  // namespace funcorr
