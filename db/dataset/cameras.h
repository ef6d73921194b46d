#pragma once

#include <filesystem>
#include <optional>
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

// cameras.json in a folder of views, and what users may give in its place: {"width", "height", "K": 9 numbers
// or 3 rows of 3, "views": […]}; each view has "cam_from_world" (12 or 16 numbers, or 3 or 4 rows of 4) or
// "R" (9) and "t" (3), and may have a "K", "width" and "height" of its own. Rows first; OpenCV axes; world =
// normalised object space.
struct CameraFile {
  std::vector<Camera> views;
  // "release_world_from_object": the turned object in the release's z-up world, where the environment light
  // stays put; for labelling views it holds the random turn, written down so that nobody need repeat it.
  std::optional<Transform> release_world_from_object;
  // "normalized_from_asset": a normalisation to be used in place of our own.
  std::optional<Transform> normalized_from_asset;
};
std::filesystem::path cameras_path(const std::filesystem::path& view_folder);
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
