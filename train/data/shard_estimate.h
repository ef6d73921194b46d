#pragma once

#include <cstdint>

namespace funcorr {

// Bytes of the shards of `assets` objects with `part_masks` parts in all, at `views` training views each.
double estimated_shard_bytes(std::int64_t assets, std::int64_t part_masks, double views);

}  // namespace funcorr
