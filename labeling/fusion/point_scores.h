#pragma once

#include <span>
#include <vector>

#include "db/dataset/points.h"
#include "labeling/fusion/heat.h"
#include "labeling/fusion/surface_graph.h"

namespace funcorr {

// What the boxes of a part say of the surface points.
struct PointScores {
  bool has_boxes = false;
  // [N] by point id: by how much a point's score is above the part's threshold, of the greatest score.
  // −1 … 1; above 0 is in the part.
  std::vector<float> margins;
  // Mean intersection over union of the boxes, as far as they are sound, with those around the points of the
  // part that their views show: 0 … 1.
  double agreement = 0;
  double jitter = 0;       // estimate_jitter() of the boxes
  double sound_boxes = 0;  // sum of the boxes' chances to be sound
};

// Ours, in place of the release's count of boxes:
// 1. A box stands for one whose sides err by a jitter, which the scatter of a view's boxes tells, so that it
//    says with which chance a pixel lies inside. The score of a point is the mean chance over the views that
//    show it and have boxes, smoothed on the surface.
// 2. The threshold is the one whose points have boxes most like those given: what a part shows in a view
//    touches all four sides of its box.
// 3. A box that is unlike the one of the part's points in its view (the whole object, another part) is
//    unsound, and counts less in the next round (expectation maximisation).
// 4. A piece of the mesh that lies nearly all in the part, or nearly all outside, does so wholly, unless the
//    boxes object.
// `is_edge`: the scores are multiplied by the points' edge probability. Without boxes every
// margin is −1. Throws std::out_of_range for a foreign point id, std::invalid_argument for a graph of other
// points.
PointScores score_points(const SurfacePoints& points, const SurfaceGraph& graph,
                         std::span<const LabelledView> views, bool is_edge);

}  // namespace funcorr
