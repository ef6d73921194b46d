#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eval/truth/annotation.h"

namespace funcorr {

// Annotated pairs for free: objects that come with a functional frame (a similarity from function space,
// where the functional part is canonical, to the object) are aligned by mapping each into function space.

inline constexpr const char* kFramesLabel = "frames";  // label of such annotations

struct FrameObject {
  std::string uid, category;
};
struct FramePair {
  std::string function, object_1, object_2;
  std::string key() const { return annotated_pair(function, object_1, object_2, kFramesLabel); }
};

// Up to `count` different pairs of objects that share a function, the share `across_share` of them (rounded)
// from different categories and the others from one category; where one kind runs out, fewer come back.
// Depends on seed, function and the objects' uids only. `objects`: each uid once, in any order.
std::vector<FramePair> sample_frame_pairs(const std::string& function, std::vector<FrameObject> objects,
                                          int count, double across_share, std::uint64_t seed);

// One object of a pair: its points and frame.
struct FramedPart {
  std::string uid;
  std::vector<Vec3d> part_points;  // of the true functional part, normalised object space; not empty
  Transform normalized_from_function;
};

// The annotation whose world is function space. Each box is the part's bounding box there, grown on every
// side by `margin` times its longest half extent. Throws std::invalid_argument on a part without points.
PairAnnotation annotation_from_frames(const std::string& function, const FramedPart& part_1,
                                      const FramedPart& part_2, double margin);

}  // namespace funcorr
