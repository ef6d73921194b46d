#include "labeling/fusion/part_fusion.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace funcorr {

std::vector<double> heat_share(std::vector<double> heat, bool is_posterior) {
  return is_posterior ? std::move(heat) : scale_heat(heat);
}

AssetFusion::AssetFusion(SurfacePoints points, std::vector<VisiblePoints> views)
    : points_(std::move(points)) {
  for (VisiblePoints& visible : views) views_.push_back({std::move(visible), {}});
}

FusedPart AssetFusion::fuse(const std::vector<std::vector<PixelBox>>& boxes, bool is_edge,
                            const HeatOptions& options) {
  if (boxes.size() != views_.size())
    throw std::invalid_argument("AssetFusion: boxes of " + std::to_string(boxes.size()) + " views of " +
                                std::to_string(views_.size()));
  for (std::size_t v = 0; v < views_.size(); ++v) views_[v].boxes = boxes[v];
  Heat heat = fuse_boxes(points_.positions.size(), views_, options);
  FusedPart fused;
  double threshold = 0.5;
  if (options.mode == HeatMode::kPosterior) {
    Posterior posterior = posterior_of_boxes(is_edge, options);
    heat.values = std::move(posterior.values);
    fused.support.doubt = posterior.doubt;
    threshold = posterior.threshold;
  } else if (is_edge) {
    multiply_by_edge_probability(heat.values, points_.edges);
  }
  for (const std::vector<PixelBox>& of_view : boxes) fused.support.boxes += static_cast<int>(of_view.size());
  fused.unused_boxes = heat.dropped_boxes;
  fused.support.views_with_boxes = heat.views_with_boxes;
  fused.support.views_used = heat.views_used;
  fused.support.visible_points = heat.visible_points;
  fused.heat = std::move(heat.values);
  if (!fused.heat.empty()) fused.support.heat_max = *std::ranges::max_element(fused.heat);
  fused.support.positive_points =
      std::ranges::count_if(share_of(fused), [&](double share) { return share > threshold; });
  return fused;
}

Posterior AssetFusion::posterior_of_boxes(bool is_edge, const HeatOptions& options) {
  for (LabelledView& view : views_)
    if (static_cast<int>(view.boxes.size()) < options.min_boxes) view.boxes.clear();
  if (!graph_) graph_.emplace(points_);
  return posterior_of(score_points(points_, *graph_, views_, is_edge), is_edge);
}

}  // namespace funcorr
