#pragma once

#include <filesystem>
#include <string>

#include "tests/db/dataset/shards.h"
#include "tests/temporary_folder.h"
#include "train/trainer/feature_extraction.h"
#include "train/trainer/trainer.h"

namespace funcorr::tests {

// Four objects, two of them held out, and their features.
struct TrainingData {
  TemporaryFolder folder;
  TrainingFiles live, stored;

  TrainingData() {
    MadeObject object;
    object.views = 3;
    FeatureExtractor extractor({.backgrounds = 2, .device = {"cpu"}, .backbone = {}});
    for (const char* uid : {"a", "b", "c", "d"}) {
      const std::filesystem::path shard = folder / (std::string(uid) + ".safetensors");
      object.category = uid;
      write_shard(shard, make_content(uid, object, static_cast<std::uint64_t>(*uid)));
      extractor.extract(shard, folder / (std::string(uid) + ".features"));
      (*uid < 'c' ? live.train : live.held_out).push_back(shard);
    }
    stored = live;
    stored.features = [path = folder.path()](const std::string& uid) { return path / (uid + ".features"); };
  }
};

// A head of few channels, twelve steps.
inline TrainingConfig small_training() {
  TrainingConfig config;
  config.model.functions = {"cut-with", "pull-with", "push-with"};
  config.model.head = {16, 24, 8, true};
  config.model.text.dimension = 4;
  config.batch = {4, 2, 16};
  config.steps = 12;
  config.log_every = 4;
  config.validation_every = 8;
  config.validation_batches = 1;
  config.learning_rate = 1e-3;
  config.seed = 5;
  return config;
}

// Files are written in place.
inline TrainingHooks plain_hooks() {
  TrainingHooks hooks;
  hooks.write_artifact = [](const std::filesystem::path& file, const auto& write) { write(file); };
  return hooks;
}

}  // namespace funcorr::tests
