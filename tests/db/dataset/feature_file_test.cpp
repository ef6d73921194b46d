#include "db/dataset/feature_file.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/catch.h"
#include "tests/db/dataset/shards.h"

namespace funcorr {

TEST_CASE("features come back as they were, picture by picture") {
  const tests::TemporaryFolder folder;
  const auto file = folder / "a.safetensors";
  std::vector<std::uint16_t> halves(2 * 3 * 4 * 5 * 6 * 7);  // two views of three pictures
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  write_feature_file(file, {TensorType::kF16, {2, 3, 4, 5, 6, 7}, std::as_bytes(std::span(halves))}, "dino",
                     true);
  const FeatureFile features(file);
  CHECK(features.views() == 2);
  CHECK(features.pictures() == 3);
  CHECK(features.layers() == 4);
  CHECK(features.height() == 5);
  CHECK(features.width() == 6);
  CHECK(features.channels() == 7);
  CHECK(features.identity() == "dino");
  CHECK(features.augmented());
  REQUIRE(features.picture_bytes() == 2 * 4 * 5 * 6 * 7);
  const auto last = std::as_bytes(std::span(halves)).last(features.picture_bytes());
  CHECK(std::ranges::equal(features.picture(1, 2), last));
}

TEST_CASE("files of other formats and shapes hold no features") {
  const tests::TemporaryFolder folder;
  const auto file = folder / "a.safetensors";
  write_shard(file, tests::make_content("a", {}, 1));
  CHECK_THROWS_WITH(FeatureFile(file), Catch::Matchers::ContainsSubstring("funcorr-features-1"));
  write_feature_file(file, {TensorType::kF16, {1, 1, 0, 1, 1, 1}, {}}, "dino", false);
  CHECK_THROWS_WITH(FeatureFile(file), Catch::Matchers::ContainsSubstring("empty shape"));
}

TEST_CASE("every stored background of every view has a seed of its own, the same in every run") {
  const tests::TemporaryFolder folder;
  const auto file = folder / "a.safetensors";
  write_shard(file, tests::make_content("a", {}, 1));
  const Shard shard(file);
  std::vector<std::uint64_t> seeds;
  for (int view = 0; view < shard.views(); ++view)
    for (int k = 0; k < 3; ++k) seeds.push_back(stored_background_seed(shard, view, k));
  CHECK(seeds.front() == stored_background_seed(shard, 0, 0));
  std::sort(seeds.begin(), seeds.end());
  CHECK(std::adjacent_find(seeds.begin(), seeds.end()) == seeds.end());
}

}  // namespace funcorr
