#include "train/data/shard_estimate.h"

#include <cmath>
#include <filesystem>

#include "db/dataset/shard.h"
#include "tests/catch.h"
#include "tests/db/dataset/shards.h"
#include "tests/temporary_folder.h"

namespace funcorr {

TEST_CASE("shard estimate: near a shard as it is written, and sums over assets") {
  const tests::TemporaryFolder folder;
  tests::MadeObject object;
  object.views = 8;
  write_shard(folder / "shard", tests::make_content("a", object, 3));
  ShardEstimate estimate;
  estimate.add(8, static_cast<int>(object.parts.size()));
  const auto bytes = static_cast<double>(std::filesystem::file_size(folder / "shard"));
  CHECK(std::abs(estimate.bytes - bytes) < 0.1 * bytes);
  const double one = estimate.bytes;
  estimate.add(8, 2);
  CHECK(estimate.bytes == 2 * one);
  CHECK(estimate.text().starts_with("2 assets with 4 part masks: shards of about "));
}

}  // namespace funcorr
