#include "render/visibility/visible_points.h"

#include <cmath>
#include <stdexcept>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace funcorr {
namespace {

constexpr double kTolerance = 5e-5;  // world units; normalised objects measure 1
constexpr Pixel kHidden{-1, -1};

Vec3d to_double(const Vec3f& v) {
  return {static_cast<double>(v.x), static_cast<double>(v.y), static_cast<double>(v.z)};
}

}  // namespace

VisiblePoints visible_points(const PathTracer& tracer, const Camera& camera, std::span<const Vec3f> points,
                             std::span<const std::int32_t> triangles, const Image8& rgba, int threads) {
  if (triangles.size() != points.size())
    throw std::invalid_argument("visible points: every point needs its triangle");
  if (rgba.width != camera.width || rgba.height != camera.height || rgba.channels != 4)
    throw std::invalid_argument("visible points: the image does not fit the camera");
  const Vec3d eye = camera.center();
  const Vec3f origin{static_cast<float>(eye.x), static_cast<float>(eye.y), static_cast<float>(eye.z)};

  const auto pixel_of = [&](std::size_t i) -> Pixel {
    const Vec3d image_point = camera.project(to_double(points[i]));
    if (!(image_point.z > 0)) return kHidden;
    const double column = std::floor(image_point.x), row = std::floor(image_point.y);
    if (!(column >= 0 && column < camera.width && row >= 0 && row < camera.height)) return kHidden;
    const Pixel pixel{static_cast<int>(column), static_cast<int>(row)};
    if (rgba.at(pixel.x, pixel.y)[3] < 128) return kHidden;
    const Vec3f to_point = points[i] - origin;
    const float distance = length(to_point);
    RayHit hit;
    // Nothing found: the ray slipped past the point's own triangle at its edge, and met nothing before it.
    if (tracer.intersect_opaque({origin, to_point / distance}, hit) &&
        hit.triangle != static_cast<std::uint32_t>(triangles[i]) &&
        static_cast<double>(hit.t) < static_cast<double>(distance) - kTolerance)
      return kHidden;
    return pixel;
  };

  std::vector<Pixel> pixels(points.size());
  tbb::task_arena arena(threads > 0 ? threads : tbb::task_arena::automatic);
  arena.execute([&] {
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, points.size(), 1024), [&](const auto& range) {
      for (std::size_t i = range.begin(); i < range.end(); ++i) pixels[i] = pixel_of(i);
    });
  });
  VisiblePoints visible;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    if (pixels[i] == kHidden) continue;
    visible.ids.push_back(static_cast<std::int32_t>(i));
    visible.pixels.push_back(pixels[i]);
  }
  return visible;
}

}  // namespace funcorr
