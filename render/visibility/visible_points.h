#pragma once

#include <cstdint>
#include <span>

#include "db/dataset/visible_points.h"
#include "db/format/image.h"
#include "render/camera.h"
#include "render/integrator/path_tracer.h"

namespace funcorr {

// Exact visibility of sampled surface points: a point is visible if it falls into the frame, on a pixel of
// the foreground (alpha > 0.5 of `rgba`, as wide and high as the camera's image), and the ray from the camera
// meets the point's own triangle first, or another surface no farther than 5e-5 in front of it. (The release
// takes the nearest of the points within 0.01 of a pixel's back-projected depth instead.) `points` are in
// world coordinates; `triangles` holds each point's triangle of the traced mesh. A surface of one layer shows
// its points from both sides. Runs on `threads` threads (0: all of the machine); the result does not depend
// on it.
VisiblePoints visible_points(const PathTracer& tracer, const Camera& camera, std::span<const Vec3f> points,
                             std::span<const std::int32_t> triangles, const Image8& rgba, int threads = 0);

}  // namespace funcorr
