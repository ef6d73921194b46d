#include "eval/truth/frames.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "db/format/hash.h"
#include "db/format/random.h"

namespace funcorr {
namespace {

using IndexPair = std::pair<std::size_t, std::size_t>;

// `count` of the pairs in random order (partial Fisher–Yates).
std::vector<IndexPair> draw(std::vector<IndexPair> pairs, std::size_t count, Random& random) {
  count = std::min(count, pairs.size());
  for (std::size_t i = 0; i < count; ++i)
    std::swap(pairs[i], pairs[i + static_cast<std::size_t>(random.below(pairs.size() - i))]);
  pairs.resize(count);
  return pairs;
}

// Few enough to list all their pairs; a random choice that keeps every category.
std::vector<FrameObject> thinned(std::vector<FrameObject> objects, std::size_t most, Random& random) {
  if (objects.size() <= most) return objects;
  for (std::size_t i = 0; i < most; ++i)
    std::swap(objects[i], objects[i + static_cast<std::size_t>(random.below(objects.size() - i))]);
  objects.resize(most);
  return objects;
}

PartBox box_around(const std::vector<Vec3d>& world_points, double margin) {
  Vec3d low = world_points.front(), high = low;
  for (const Vec3d& p : world_points)
    for (int axis = 0; axis < 3; ++axis) {
      low[axis] = std::min(low[axis], p[axis]);
      high[axis] = std::max(high[axis], p[axis]);
    }
  const Vec3d half = (high - low) * 0.5;
  const double grow = std::max(margin * std::max({half.x, half.y, half.z}), 1e-9);
  return {Transform::translate((low + high) * 0.5), half + Vec3d{grow, grow, grow}};
}

PartBox part_box(const FramedPart& part, const Transform& world_from_object, double margin) {
  if (part.part_points.empty())
    throw std::invalid_argument("functional frame of " + part.uid + ": the part has no surface points");
  std::vector<Vec3d> world_points;
  world_points.reserve(part.part_points.size());
  for (const Vec3d& p : part.part_points) world_points.push_back(world_from_object.point(p));
  return box_around(world_points, margin);
}

}  // namespace

std::vector<FramePair> sample_frame_pairs(const std::string& function, std::vector<FrameObject> objects,
                                          int count, double across_share, std::uint64_t seed) {
  Random random(seed ^ fnv1a(function));
  std::sort(objects.begin(), objects.end(),
            [](const FrameObject& a, const FrameObject& b) { return a.uid < b.uid; });
  objects = thinned(std::move(objects), 2000, random);
  std::vector<IndexPair> within, across;
  for (std::size_t i = 0; i < objects.size(); ++i)
    for (std::size_t j = i + 1; j < objects.size(); ++j)
      (objects[i].category == objects[j].category ? within : across).push_back({i, j});
  const auto wanted_across = static_cast<std::size_t>(std::lround(count * across_share));
  std::vector<IndexPair> chosen = draw(std::move(across), wanted_across, random);
  for (const IndexPair& pair :
       draw(std::move(within), static_cast<std::size_t>(count) - wanted_across, random))
    chosen.push_back(pair);
  std::vector<FramePair> pairs;
  for (auto [i, j] : chosen) {
    if (random.below(2) == 1) std::swap(i, j);
    pairs.push_back({function, objects[i].uid, objects[j].uid});
  }
  return pairs;
}

PairAnnotation annotation_from_frames(const std::string& function, const FramedPart& part_1,
                                      const FramedPart& part_2, double margin) {
  PairAnnotation annotation;
  annotation.function = function;
  annotation.object_1 = part_1.uid;
  annotation.object_2 = part_2.uid;
  annotation.label = kFramesLabel;
  annotation.world_from_object_1 = part_1.normalized_from_function.inverse();
  annotation.world_from_object_2 = part_2.normalized_from_function.inverse();
  annotation.box_1 = part_box(part_1, annotation.world_from_object_1, margin);
  annotation.box_2 = part_box(part_2, annotation.world_from_object_2, margin);
  return annotation;
}

}  // namespace funcorr
