#include "train/data/shard_estimate.h"

#include "db/dataset/shard.h"

namespace funcorr {

// The points of a view inside some part, 6 bytes each: the means over two sets of about 100 made-up objects,
// at 8 views, are 23 and 35 kB.
constexpr double kPointBytesPerView = 25'000;

double estimated_shard_bytes(std::int64_t assets, std::int64_t part_masks, double views) {
  const double of_pictures = static_cast<double>(assets) * (3.0 * kShardPixels + kPointBytesPerView);
  return views * (of_pictures + static_cast<double>(assets + part_masks) * kMaskBytes);
}

}  // namespace funcorr
