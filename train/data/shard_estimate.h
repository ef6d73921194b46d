#pragma once

#include <cstdint>
#include <string>

namespace funcorr {

// How much room shards take, reckoned before they are packed.
struct ShardEstimate {
  std::int64_t assets = 0, part_masks = 0;
  double bytes = 0;

  void add(int views, int parts);  // the shard of one more asset
  std::string text() const;        // one line for people
};

}  // namespace funcorr
