#include "train/data/shard_estimate.h"

#include "db/dataset/shard.h"

namespace funcorr {

// The points of a view inside some part, 6 bytes each: the means over two sets of about 100 made-up objects,
// at 8 views, are 23 and 35 kB.
constexpr double kPointBytesPerView = 25'000;

double estimated_shard_bytes(int views, int parts) {
  return views * (3.0 * kCropPixels + kPointBytesPerView + (1.0 + parts) * kMaskBytes);
}

}  // namespace funcorr
