#pragma once

#include <filesystem>
#include <vector>

#include "db/dataset/cameras.h"
#include "db/dataset/points.h"
#include "labeling/mask/part_mask.h"
#include "labeling/mask/posterior_mask.h"

namespace funcorr {

// The object's mask: where the rendered view is more opaque than not. [H, W, 1], foreground above 127
Image8 load_object_mask(const std::filesystem::path& view_folder, int view);

// What the training views of an asset show of its surface, to carry values of its points into them. Reads the
// asset's files; throws std::runtime_error that names the one that is missing, and how to come by it.
class ShownSurface {
 public:
  explicit ShownSurface(const std::filesystem::path& asset_folder);
  ShownSurface(const ShownSurface&) = delete;
  ShownSurface& operator=(const ShownSurface&) = delete;

  // `posterior` [N] by point id, 0 … 1.
  PartMask mask(const std::vector<double>& posterior, int view) const;

 private:
  ImageF surface(int view) const;

  std::filesystem::path views_;
  SurfacePoints points_;
  SurfaceInterpolator interpolator_;
  std::vector<Camera> cameras_;
};

}  // namespace funcorr
