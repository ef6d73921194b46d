#pragma once

#include <array>
#include <vector>

#include "db/dataset/points.h"

namespace funcorr {

// Radii in which a point's neighbours are looked at, normalised units (max |coordinate| 0.5): from the width
// of a knife's edge to that of a mug's rim and beyond, where the ends of the whole object show.
inline constexpr std::array kEdgeRadii{0.02F, 0.04F, 0.08F, 0.16F};

// How much of a border each of kEdgeRadii shows around a point: how far the mean of its neighbours lies off
// it along its tangent plane, over that of a half disc. 0 amid a plane, 1 on a straight border (of an open or
// a thin surface alike), 0.5 on a convex right-angled crease. In a hollow crease the surface goes on: what
// rises above the tangent plane counts as if it were folded down into it. Turns, moves and the number of
// points change nothing but the noise; normals are taken to face outwards.
using EdgeBorders = std::array<float, kEdgeRadii.size()>;

// Of every point, [N].
std::vector<EdgeBorders> edge_borders(const SurfacePoints& points);

// Logistic regression on the borders.
struct EdgeModel {
  double probability(const EdgeBorders& borders) const;

  double bias = 0;
  std::array<double, kEdgeRadii.size()> weights{};
};

// Fitted to the edge parts of one made-up object of every category, of seeds 1 and 2 each: as many points
// drawn inside as outside of every part.
extern const EdgeModel kEdgeModel;

// Probability that a point lies within an edge of the shape as people name them (a rim, a mouth, a blade's
// edge), 0 … 1, [N]; ours: the release takes that of a network (SED-Net). At even odds: what the geometry
// says where half of the surface that comes into question is the edge; who knows other odds multiplies p/(1 −
// p) by them.
std::vector<float> edge_probability(const SurfacePoints& points);

}  // namespace funcorr
