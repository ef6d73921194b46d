#include "labeling/mask/posterior_mask.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "db/dataset/crop.h"

namespace funcorr {
namespace {

// Of thin things the nearest few may all lie on the other side: then more are looked at.
constexpr std::size_t kFew = 6, kMany = 24;

Vec3f to_float(const Vec3d& v) {
  return {static_cast<float>(v.x), static_cast<float>(v.y), static_cast<float>(v.z)};
}

constexpr float kFacing = 0.3F;  // cosine

// A sheet of one layer is seen from both sides, and its points have normals of one: those count, but less.
float agreement(const Vec3f& seen, const Vec3f& of_point) {
  constexpr float kLeast = 1e-4F, kBehind = 1e-3F;
  const float cosine = dot(seen, of_point);
  return std::max(kLeast, cosine > 0 ? cosine * cosine : kBehind * cosine * cosine);
}

}  // namespace

SurfaceInterpolator::SurfaceInterpolator(const SurfacePoints& points)
    : points_(points), grid_(points.positions) {}

ImageF SurfaceInterpolator::in_view(std::span<const float> values, const Camera& camera,
                                    const ImageF& surface) const {
  if (values.size() != points_.positions.size() || surface.width != camera.width ||
      surface.height != camera.height || surface.channels != 4)
    throw std::invalid_argument("surface interpolator: points, camera and surface do not fit each other");
  ImageF image(camera.width, camera.height, 1);
  std::vector<PointGrid::Neighbor> nearest;
  for (int y = 0; y < camera.height; ++y)
    for (int x = 0; x < camera.width; ++x) {
      const float* pixel = surface.at(x, y);
      if (!(pixel[0] > 0)) continue;
      const Vec3f position = to_float(camera.unproject(x + 0.5, y + 0.5, static_cast<double>(pixel[0])));
      const Vec3f normal{pixel[1], pixel[2], pixel[3]};
      for (const std::size_t count : {kFew, kMany}) {
        grid_.nearest(position, count, nearest);
        const auto faces_us = [&](const PointGrid::Neighbor& point) {
          return dot(normal, points_.normals[point.point]) > kFacing;
        };
        if (std::ranges::any_of(nearest, faces_us)) break;
      }
      float sum = 0, weights = 0;
      for (const PointGrid::Neighbor& point : nearest) {
        const float weight =
            agreement(normal, points_.normals[point.point]) / (point.squared_distance + 1e-8F);
        sum += weight * values[point.point];
        weights += weight;
      }
      *image.at(x, y) = sum / weights;
    }
  return image;
}

Image8 posterior_mask(const ImageF& posterior, double threshold, const Image8& object_mask) {
  if (posterior.channels != 1 || object_mask.channels != 1 || posterior.width != object_mask.width ||
      posterior.height != object_mask.height)
    throw std::invalid_argument("posterior_mask: the object's mask has another size");
  Image8 mask(posterior.width, posterior.height, 1);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i)
    mask.pixels[i] =
        static_cast<double>(posterior.pixels[i]) > threshold && object_mask.pixels[i] > kMaskThreshold ? 255
                                                                                                       : 0;
  return mask;
}

}  // namespace funcorr
