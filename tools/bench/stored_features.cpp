// What training loses, or gains, with features that were stored beforehand instead of a backbone that runs in
// every step: held-out losses and time of runs that differ in that alone.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/bench/cases.h"
#include "tools/bench/scratch_folder.h"
#include "tools/bench/torch_peer.h"
#include "train/data/training_set.h"
#include "train/trainer/feature_extraction.h"
#include "train/trainer/trainer.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Every fourth shard is held out.
TrainingFiles files_below(const fs::path& shards) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(shards))
    if (entry.path().extension() == ".safetensors") found.push_back(entry.path());
  std::ranges::sort(found);
  TrainingFiles files;
  for (std::size_t i = 0; i < found.size(); ++i)
    (i % 4 == 3 ? files.held_out : files.train).push_back(found[i]);
  return files;
}

void extract(const BackboneConfig& backbone, const TrainingFiles& files, int backgrounds) {
  FeatureExtractor extractor({.backgrounds = backgrounds, .device = {"cpu"}, .backbone = backbone});
  for (const auto* shards : {&files.train, &files.held_out})
    for (const fs::path& shard : *shards) extractor.extract(shard, files.features(shard.stem().string()));
}

// The last point of a run's curves, and its time a step.
json trained(const TrainingConfig& config, const TrainingFiles& files, const fs::path& folder) {
  CurvePoint last;
  TrainingHooks hooks;
  hooks.write_artifact = [](const fs::path& file, const auto& write) { write(file); };
  hooks.on_point = [&](const CurvePoint& point) { last = point; };
  const double seconds = timed(1, [&] { train_model(config, {.device = {"cpu"}}, files, folder, hooks); });
  json result{{"seconds_per_step", seconds / static_cast<double>(config.steps)}};
  for (const char* name : {"loss", "functional", "spatial", "mask"})
    result[std::string("held_out_") + name] = last.values.at(std::string("held_out_") + name);
  return result;
}

}  // namespace

// "shards": the folder train/shards of a workspace. Two pairs of runs: views on white, where stored features
// are the live ones but for their half precision, and views on random backgrounds, of which "backgrounds" (4)
// a view are stored and all are new when live. "steps" (60), "pairs" of each kind (4), "points" (64),
// "weights" of a backbone (none: the weight-free one), "threads".
json bench_stored_features(const json& given) {
  const TorchSetting setting(given);
  const std::string shards = given.value("shards", std::string());
  if (shards.empty()) throw std::invalid_argument("stored_features: give shards=<workspace>/train/shards");
  TrainingFiles live = files_below(shards);
  TrainingConfig config;
  config.model.functions = functions_of_shards(live.train);
  if (const std::string weights = given.value("weights", std::string()); !weights.empty()) {
    config.model.backbone.kind = "dinov2";
    config.model.backbone.weights = weights;
  }
  const int pairs = given.value("pairs", 4);
  config.batch = {pairs, pairs, given.value("points", 64)};
  config.steps = given.value("steps", 60);
  config.log_every = static_cast<int>(config.steps);
  config.validation_every = config.log_every;

  const ScratchFolder scratch("funcorr-bench-features");
  json result{{"shards", live.train.size() + live.held_out.size()}};
  for (const int backgrounds : {0, given.value("backgrounds", 4)}) {
    TrainingFiles stored = live;
    const fs::path folder = scratch.path() / std::to_string(backgrounds);
    fs::create_directories(folder);
    stored.features = [=](const std::string& uid) { return folder / (uid + ".features"); };
    extract(config.model.backbone, stored, backgrounds);
    config.backgrounds = backgrounds > 0;
    json& entry = result[backgrounds > 0 ? std::to_string(backgrounds) + "_backgrounds" : "white"];
    entry["live"] = trained(config, live, folder / "live");
    entry["stored"] = trained(config, stored, folder / "stored");
  }
  return result;
}

}  // namespace funcorr
