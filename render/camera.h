#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "db/format/transform.h"

namespace funcorr {

// Pinhole camera, OpenCV axes (x right, y down, z forward). Pixel centres at +0.5: the centre of column u,
// row v is (u+0.5, v+0.5).
struct Camera {
  int width = 490, height = 490;
  double fx = 0, fy = 0, cx = 0, cy = 0;  // pixels
  Transform cam_from_world;               // world = normalised object space, y up, |coordinate| ≤ 0.5

  Vec3d center() const;  // in world
  // World point → (x, y) in continuous pixel coordinates and z-depth; x, y meaningless where z ≤ 0.
  Vec3d project(const Vec3d& world_point) const;
  // Continuous pixel position and z-depth → world point.
  Vec3d unproject(double x, double y, double z_depth) const;
  Vec3d ray_direction(double x, double y) const;  // world, not normalised: z component in camera space is 1
};

// 50 mm lens on a 36 mm sensor: f = size·50/36, principal point in the middle.
Camera intrinsics_50mm(int size_px);
// From `eye` looking at `target`; `up` is the world direction that appears upward in the image.
Transform look_at(const Vec3d& eye, const Vec3d& target, const Vec3d& up);

// The 19 fixed labelling positions (radius 2), the object first turned by a random 0–25° about x, then y,
// then z (z-up world of the release; expressed here as cameras around the unturned object). Returns the first
// `views` of them.
std::vector<Camera> labelling_cameras(int views, int size_px, std::uint64_t seed);
// The turn those views stand for, with the change of axes: z-up world of the release, in which the
// environment light stays put, from object space.
Transform release_world_from_object();                             // +90° about x alone: training views
Transform release_world_from_labelled_object(std::uint64_t seed);  // of labelling_cameras(…, seed)
// Random positions on the sphere of radius 2, elevation uniform in −60…60°, azimuth uniform.
std::vector<Camera> training_cameras(int views, int size_px, std::uint64_t seed);

// A camera file, as write_cameras() makes it and as users may write it: {"width", "height", "K": 9 numbers or
// 3 rows of 3, "views": […]}; each view has "cam_from_world" (12 or 16 numbers, or 3 or 4 rows of 4) or "R"
// (9) and "t" (3), and may have a "K", "width" and "height" of its own. Rows first; OpenCV axes; world =
// normalised object space.
struct CameraFile {
  std::vector<Camera> views;
  // "release_world_from_object": the turned object in the release's z-up world, where the environment light
  // stays put; for labelling views it holds the random turn, written down so that nobody need repeat it.
  std::optional<Transform> release_world_from_object;
  // "normalized_from_asset": a normalisation to be used in place of our own.
  std::optional<Transform> normalized_from_asset;
};
void write_camera_file(const std::filesystem::path& file, const CameraFile& cameras);
// Throws std::runtime_error that names the file, the view and the field.
CameraFile read_camera_file(const std::filesystem::path& file);
// The views alone.
inline void write_cameras(const std::filesystem::path& file, const std::vector<Camera>& views) {
  write_camera_file(file, {views, {}, {}});
}
inline std::vector<Camera> read_cameras(const std::filesystem::path& file) {
  return read_camera_file(file).views;
}

}  // namespace funcorr
