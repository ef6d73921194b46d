#include "train/data/packed_assets.h"

#include "db/format/error.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

const std::vector<PackedAsset> kAssets{{"a", Split::kTrain, "s1", "f1"},
                                       {"b", Split::kTest, "s2", "f2"},
                                       {"c", Split::kUnseen, "s3", {}},
                                       {"d", Split::kTrain, "s4", "f4"}};

}  // namespace

TEST_CASE(
    "training data: the train split is trained on, the test split held out, unseen categories left out") {
  const TrainingData data = choose_training_data(kAssets, FeatureSource::kAuto);
  CHECK((data.train == std::vector<std::string>{"a", "d"}));
  CHECK((data.held_out == std::vector<std::string>{"b"}));
  CHECK(data.stored_features);  // of all that is used
}

TEST_CASE("training data: stored features are used where all have them, and must be there where asked for") {
  CHECK_FALSE(choose_training_data(kAssets, FeatureSource::kLive).stored_features);
  CHECK(choose_training_data(kAssets, FeatureSource::kStored).stored_features);
  std::vector<PackedAsset> some = kAssets;
  some[1].feature_fingerprint.reset();
  CHECK_FALSE(choose_training_data(some, FeatureSource::kAuto).stored_features);
  CHECK_THROWS_AS(choose_training_data(some, FeatureSource::kStored), UsageError);
}

TEST_CASE("training data: the fingerprint depends on all that is used, and on nothing else") {
  const std::string stored = choose_training_data(kAssets, FeatureSource::kStored).fingerprint;
  CHECK(stored == choose_training_data(kAssets, FeatureSource::kAuto).fingerprint);
  // As earlier versions wrote it into manifests.
  CHECK(stored == "0e71285e37c53aad");
  CHECK(choose_training_data(kAssets, FeatureSource::kLive).fingerprint == "e67b8a4833df5288");
  std::vector<PackedAsset> other = kAssets;
  other[2].shard_fingerprint = "s9";  // of an unseen category
  CHECK(choose_training_data(other, FeatureSource::kStored).fingerprint == stored);
  other[3].feature_fingerprint = "f9";
  CHECK(choose_training_data(other, FeatureSource::kStored).fingerprint != stored);
  other = kAssets;
  other[0].split = Split::kTest;
  CHECK(choose_training_data(other, FeatureSource::kStored).fingerprint != stored);
}

}  // namespace funcorr
