#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "db/dataset/record/split.h"
#include "db/format/named_enum.h"

namespace funcorr {

// Where training takes the backbone's features from.
enum class FeatureSource {
  kAuto,    // stored ones where all shards have them
  kStored,  // those of funcorr-features
  kLive,    // the backbone runs in every step
};
constexpr auto names_of(FeatureSource) {
  return std::to_array<EnumName<FeatureSource>>(
      {{FeatureSource::kAuto, "auto"}, {FeatureSource::kStored, "stored"}, {FeatureSource::kLive, "live"}});
}

// An asset whose shard is there.
struct PackedAsset {
  std::string uid;
  Split split = Split::kTrain;
  std::string shard_fingerprint;
  std::optional<std::string> feature_fingerprint;  // nothing where it has no stored features
};

// What training sees of them.
struct TrainingData {
  std::vector<std::string> train, held_out;  // uids
  bool stored_features = false;
  std::string fingerprint;  // of the shards, their split and, where they are used, their features
};

// Assets of unseen categories are left out. Throws UsageError where stored features are asked for and an
// asset has none.
TrainingData choose_training_data(const std::vector<PackedAsset>& assets, FeatureSource features);

}  // namespace funcorr
