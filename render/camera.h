#pragma once

#include <cstdint>
#include <vector>

#include "db/dataset/cameras.h"

namespace funcorr {

// 50 mm lens on a 36 mm sensor: f = size·50/36, principal point in the middle.
Camera intrinsics_50mm(int size_px);
// From `eye` looking at `target`; `up` is the world direction that appears upward in the image.
Transform look_at(const Vec3d& eye, const Vec3d& target, const Vec3d& up);

inline constexpr int kLabellingPositions = 19;
// The fixed labelling positions (radius 2), the object first turned by a random 0–25° about x, then y,
// then z (z-up world of the release; expressed here as cameras around the unturned object). Returns the first
// `views` of them.
std::vector<Camera> labelling_cameras(int views, int size_px, std::uint64_t seed);
// The turn those views stand for, with the change of axes: z-up world of the release, in which the
// environment light stays put, from object space.
Transform release_world_from_object();                             // +90° about x alone: training views
Transform release_world_from_labelled_object(std::uint64_t seed);  // of labelling_cameras(…, seed)
// Random positions on the sphere of radius 2, elevation uniform in −60…60°, azimuth uniform.
std::vector<Camera> training_cameras(int views, int size_px, std::uint64_t seed);

}  // namespace funcorr
