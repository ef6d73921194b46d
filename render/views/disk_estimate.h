#pragma once

#include "render/views/view_options.h"

namespace funcorr {

// The disk space that the views of an asset take, about.
struct DiskEstimate {
  double png_mb = 0, exr_mb = 0, visible_points_mb = 0;
  double all_mb() const { return png_mb + exr_mb + visible_points_mb; }
};

// `points`: surface points of the asset.
DiskEstimate estimate_disk(const ViewOptions& options, double points);

}  // namespace funcorr
