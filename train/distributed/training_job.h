#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "db/dataset/workspace.h"
#include "db/format/members.h"
#include "train/data/packed_assets.h"
#include "train/trainer/run_spec.h"
#include "train/trainer/trainer.h"

namespace funcorr {

// Everything that training a run of a workspace needs: process 0 of several sends it to the others.
struct TrainingJob {
  std::string workspace;  // its folder, absolute
  std::string run;
  TrainingConfig config;
  TrainingResources resources;
  std::vector<std::string> train, held_out;  // uids
  bool stored_features = false;

  static constexpr auto members() {
    return std::tuple{member("workspace", &TrainingJob::workspace),
                      member("run", &TrainingJob::run),
                      member("config", &TrainingJob::config),
                      member("resources", &TrainingJob::resources),
                      member("train", &TrainingJob::train),
                      member("held_out", &TrainingJob::held_out),
                      member("stored_features", &TrainingJob::stored_features)};
  }
};

// The runs to train, and how.
struct TrainingPlan {
  RunList runs;
  FeatureSource features = FeatureSource::kAuto;
  TrainingConfig config;
  TrainingResources resources;
  static const OptionList<TrainingPlan>& options();
};

// Trains the plan's config as the run's spec changes it, on these data. Weights and batches are seeded by
// (seed, kind of run), but for a spec that has a seed. Reads the shards' functions; throws std::runtime_error
// that names a shard which cannot be read.
TrainingJob training_job(const Workspace& workspace, const RunSpec& spec, const TrainingPlan& plan,
                         const TrainingData& data, std::uint64_t seed);

// Its shards, and its stored features where it uses them.
TrainingFiles training_files(const TrainingJob& job);

// Trains the run in its folder, as train_model() does and with what that throws.
TrainingOutcome train_job(const TrainingJob& job, const TrainingHooks& hooks, ProcessGroup* group = nullptr);

}  // namespace funcorr
