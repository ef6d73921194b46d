#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "db/dataset/record/box.h"
#include "db/dataset/visible_points.h"
#include "db/format/options.h"

namespace funcorr {

// One labelling view that was asked for a part.
struct LabelledView {
  VisiblePoints visible;
  std::vector<PixelBox> boxes;
};

enum class HeatMode {
  // The release's: number of boxes a point falls in, edges included, summed over the views that show it.
  kReference,
  // The share of a view's boxes that a point falls in, averaged over the used views that show it: 0 … 1. A
  // point seen rarely weighs as much as one seen often, and a view with many boxes no more than one with few.
  kNormalized,
  // Ours: the probability that a point is of the part (posterior.h).
  kPosterior,
};
constexpr auto names_of(HeatMode) {
  return std::to_array<EnumName<HeatMode>>({{HeatMode::kReference, "reference"},
                                            {HeatMode::kNormalized, "normalized"},
                                            {HeatMode::kPosterior, "posterior"}});
}

struct HeatOptions {
  HeatMode mode = HeatMode::kPosterior;  // the paper's: the reference
  int min_boxes = 1;                     // a view with fewer boxes says nothing of a point; the paper's: 3

  static const OptionList<HeatOptions>& options();
};

struct Heat {
  std::vector<double> values;  // [N] by point id; ≥ 0
  int views_with_boxes = 0;
  int views_used = 0;                // with min_boxes or more
  int boxes = 0, dropped_boxes = 0;  // of the views used; of the others
  std::int64_t visible_points = 0;   // points that at least one view shows
};

// The counts, kPosterior as kNormalized (AssetFusion makes the posterior). Throws std::out_of_range when a
// point id is not below `points`.
Heat fuse_boxes(std::size_t points, std::span<const LabelledView> views, const HeatOptions& options);

// Parts that are edges: heat times each point's probability (0 … 1) to lie on an edge. The release takes that
// of the nearest sampled point, which is the point itself here. Throws std::invalid_argument when the lengths
// differ.
void multiply_by_edge_probability(std::span<double> heat, std::span<const float> edge_probability);

// Scaled to 0 … 1 over the asset (min–max); all 0 where every point has the same heat.
std::vector<double> scale_heat(std::span<const double> heat);

}  // namespace funcorr
