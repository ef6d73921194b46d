#pragma once

#include <optional>
#include <vector>

#include "db/dataset/points.h"
#include "db/dataset/record/part.h"
#include "labeling/fusion/heat.h"
#include "labeling/fusion/posterior.h"
#include "labeling/fusion/surface_graph.h"

namespace funcorr {

struct FusedPart {
  std::vector<double> heat;  // [N] by point id: a probability, or the count of another mode
  PartSupport support;       // without uid and part
  int unused_boxes = 0;      // of views with fewer than HeatOptions::min_boxes
};

// Heat as a share, 0 … 1: a probability as it is, a count scaled over the asset (scale_heat).
std::vector<double> heat_share(std::vector<double> heat, bool is_posterior);
inline std::vector<double> share_of(const FusedPart& part) {
  return heat_share(part.heat, part.support.is_posterior());
}

// The surface of an asset and what its labelling views show of it: fuses the boxes of its parts, one part
// after the other.
class AssetFusion {
 public:
  AssetFusion(SurfacePoints points, std::vector<VisiblePoints> views);

  const SurfacePoints& points() const { return points_; }
  // `boxes` of each view. Throws std::invalid_argument for another number of views, and as fuse_boxes().
  FusedPart fuse(const std::vector<std::vector<PixelBox>>& boxes, bool is_edge, const HeatOptions& options);

 private:
  Posterior posterior_of_boxes(bool is_edge, const HeatOptions& options);

  SurfacePoints points_;
  std::vector<LabelledView> views_;
  std::optional<SurfaceGraph> graph_;  // made when first wanted
};

}  // namespace funcorr
