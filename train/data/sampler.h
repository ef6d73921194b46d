#pragma once

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "db/format/members.h"
#include "db/format/options.h"
#include "train/data/training_set.h"

namespace funcorr {

// One batch, drawn as the paper's release draws it. Every sample has a random generator of its own,
// seeded by (seed, step, kind, slot): a batch is the same whoever draws it, in whatever order.
struct BatchShape {
  int functional_pairs = 50, spatial_pairs = 50;  // 0: no loss needs them
  int points = 128;                               // positive, and as many negative ones, of an image

  static constexpr auto members() {
    return std::tuple{member("functional_pairs", &BatchShape::functional_pairs),
                      member("spatial_pairs", &BatchShape::spatial_pairs),
                      member("points", &BatchShape::points)};
  }
  static const OptionList<BatchShape>& options();
};

struct ImageDraw {
  std::uint32_t shard = 0;
  std::uint16_t view = 0;
  std::uint64_t background = 0;  // random: seeds an augmented background, or picks a stored one
};

// Two views of objects with the same function, of any categories.
struct FunctionalSample {
  std::uint32_t function = 0;
  ImageDraw image_1, image_2;
  int part_1 = 0, part_2 = 0;
  // [points] each. Positive: inside the part. Negative: in the object beside the part, or from all that is
  // outside the part where that is too little. Without repetition where there are enough.
  std::vector<PixelIndex> positive_1, negative_1, positive_2, negative_2;
};

// Two views of one object, and pixels of the same surface points in both: row i ↔ row i. The points are
// joined by their ids, unique by their pixel in view 1, inside the part in both views, repeated where there
// are too few.
struct SpatialSample {
  std::uint32_t function = 0;
  ImageDraw image_1, image_2;
  int part = 0;
  std::vector<PixelIndex> pixels_1, pixels_2;
};

struct BatchDraw {
  std::vector<FunctionalSample> functional;
  std::vector<SpatialSample> spatial;
  int cross_category_pairs(const TrainingSet& set) const;
};

class Sampler {
 public:
  // Throws std::runtime_error where a kind of pair is wanted that the set has no item of.
  Sampler(const TrainingSet& set, const BatchShape& shape, std::uint64_t seed);

  FunctionalSample functional(std::int64_t step, int slot) const;
  SpatialSample spatial(std::int64_t step, int slot) const;
  // Slots rank, rank + stride, … of a step: a batch shared among processes or micro-batches.
  BatchDraw batch(std::int64_t step, int rank = 0, int stride = 1) const;

  const TrainingSet& set() const { return set_; }
  const BatchShape& shape() const { return shape_; }

 private:
  const TrainingSet& set_;
  BatchShape shape_;
  std::uint64_t seed_;
};

}  // namespace funcorr
