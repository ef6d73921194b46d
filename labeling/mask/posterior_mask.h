#pragma once

#include <span>

#include "db/dataset/cameras.h"
#include "db/dataset/points.h"
#include "db/format/image.h"
#include "render/geometry/point_grid.h"

namespace funcorr {

// Values of surface points between the points.
class SurfaceInterpolator {
 public:
  // Refers to the points, which must outlive it.
  explicit SurfaceInterpolator(const SurfacePoints& points);

  // [N] by point id → the pixels of a view, [H, W, 1]; 0 where no surface is. `surface` [H, W, 4]: z-depth
  // (0: none) and geometric normal of what a pixel's centre shows, in object axes (Z, N of a view's EXR). A
  // pixel takes the mean of the nearest points, weighted by 1 / distance² and by how well their normals
  // agree. Throws std::invalid_argument for sizes that differ.
  ImageF in_view(std::span<const float> values, const Camera& camera, const ImageF& surface) const;

 private:
  const SurfacePoints& points_;
  PointGrid grid_;
};

// Mask of a part in a training view: the pixels of the object whose posterior is above the threshold
// (best_cut). `posterior` [H, W, 1] 0 … 1; `object_mask` [H, W, 1], foreground above 127. [H, W, 1], 0 or 255
Image8 posterior_mask(const ImageF& posterior, double threshold, const Image8& object_mask);

}  // namespace funcorr
