#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "db/dataset/workspace.h"
#include "db/format/members.h"
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

// Its shards, and its stored features where it uses them.
TrainingFiles training_files(const TrainingJob& job);

// Trains the run in its folder, as train_model() does and with what that throws.
TrainingOutcome train(const TrainingJob& job, const TrainingHooks& hooks, ProcessGroup* group = nullptr);

}  // namespace funcorr
