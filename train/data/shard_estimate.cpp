#include "train/data/shard_estimate.h"

#include <fmt/format.h>

#include "db/dataset/shard.h"

namespace funcorr {

// The points of a view inside some part, 6 bytes each: the means over two sets of about 100 made-up objects,
// at 8 views, are 23 and 35 kB.
constexpr double kPointBytesPerView = 25'000;

void ShardEstimate::add(int views, int parts) {
  ++assets;
  part_masks += parts;
  bytes += views * (3.0 * kCropPixels + kPointBytesPerView + (1.0 + parts) * kMaskBytes);
}

std::string ShardEstimate::text() const {
  return fmt::format("{} assets with {} part masks: shards of about {:.1f} MB in all", assets, part_masks,
                     bytes * 1e-6);
}

}  // namespace funcorr
