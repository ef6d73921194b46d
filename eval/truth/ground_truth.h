#pragma once

#include <cstdint>
#include <vector>

#include "db/dataset/cameras.h"
#include "db/dataset/pixel.h"
#include "db/format/random.h"
#include "db/format/transform.h"
#include "render/camera.h"

namespace funcorr {

// What is needed of an object to make ground truth: its surface points and the training views of them.
struct ObjectViews {
  std::vector<Vec3d> points;                           // [N] normalised object space
  std::vector<Vec3d> normals;                          // [N], or empty
  std::vector<Camera> cameras;                         // [V], cam_from_world: world = the object's own space
  std::vector<std::vector<std::int32_t>> visible_ids;  // [V] indices of the points visible in each view
};

// Which points of an object are visible from a camera, by a z-buffer of the points themselves: each covers a
// cell of the image wide enough to close the gaps between samples, and is hidden where another one of the
// cell lies clearly nearer or where its normal turns away. `camera_world_from_object` may carry a scale.
std::vector<bool> points_seen_from(const Camera& camera, const Transform& camera_world_from_object,
                                   const std::vector<Vec3d>& points, const std::vector<Vec3d>& normals);

struct ViewPair {
  int view_1 = 0, view_2 = 0;
  friend bool operator==(const ViewPair&, const ViewPair&) = default;
};

// The choice of views of the paper's release, drawn `trials` times: view 1 at random
// among the 5 that see most of part 1; view 2 at random among the best 5 by ½·(share of what camera 1 would
// see of aligned object 2 that the view sees) + ½·(share of part 2 that the view sees). The release looks
// through object 2's own camera of view 1's index there; this looks through camera 1. A pair of views drawn
// before is drawn again while there are others. Views that see nothing of their part are never taken: fewer
// trials, or none, may come back. `in_part_k`: [N_k].
std::vector<ViewPair> choose_views(const ObjectViews& object_1, const std::vector<bool>& in_part_1,
                                   const ObjectViews& object_2, const std::vector<bool>& in_part_2,
                                   const Transform& object_1_from_object_2, int trials, Random& random);

// A surface point of one view and the crop pixel it falls on.
struct SeenPoint {
  Pixel pixel;     // crop
  Vec3d position;  // any one frame common to both views
};

struct GroundTruth {
  std::vector<PixelPair> pairs;
  double mean_distance = 0;  // between matched points, in the common frame's units
};

// Dense correspondence of two views of aligned parts: one point per crop pixel (the first), both sets brought
// to the same size, at most `most_points`, by farthest-point sampling of their pixels from a random start,
// then the exact minimum-cost assignment. Pairs come in row-major order of image 1. Empty where a side is.
GroundTruth match_views(const std::vector<SeenPoint>& view_1, const std::vector<SeenPoint>& view_2,
                        std::size_t most_points, Random& random);

// Indices of `count` pixels, each the farthest from those chosen before (ties: the earlier); the first is
// `start`. count ≤ pixels.size().
std::vector<std::size_t> farthest_pixels(const std::vector<Pixel>& pixels, std::size_t count,
                                         std::size_t start);

}  // namespace funcorr
