#include "train/data/packed_assets.h"

#include "db/format/error.h"
#include "db/format/hash.h"

namespace funcorr {

TrainingData choose_training_data(const std::vector<PackedAsset>& assets, FeatureSource features) {
  TrainingData data;
  data.stored_features = features != FeatureSource::kLive;
  std::string shards, stored;
  for (const PackedAsset& asset : assets) {
    if (asset.split == Split::kUnseen) continue;
    (asset.split == Split::kTrain ? data.train : data.held_out).push_back(asset.uid);
    shards += asset.uid + "=" + asset.shard_fingerprint + "/" + std::string(to_string(asset.split)) + ";";
    data.stored_features = data.stored_features && asset.feature_fingerprint.has_value();
    stored += asset.feature_fingerprint.value_or("") + ";";
  }
  if (features == FeatureSource::kStored && !data.stored_features)
    throw UsageError("train: features = stored, but some shards have none; run funcorr-features --store");
  data.fingerprint = sha256_hex(shards + (data.stored_features ? stored : ""), 16);
  return data;
}

}  // namespace funcorr
