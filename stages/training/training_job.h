#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "pipeline/stage.h"
#include "train/trainer/trainer.h"

namespace funcorr {

// Everything that training a run needs, without the manifest: process 0 of several sends it to the others.
struct TrainingJob {
  std::string run;
  TrainingConfig config;
  TrainingResources resources;
  std::vector<std::string> train, held_out;  // uids
  bool stored_features = false;
};
nlohmann::json to_json(const TrainingJob& job);
TrainingJob training_job_from_json(const nlohmann::json& json);

// Where its shards and features are.
TrainingFiles training_files(const Workspace& workspace, const TrainingJob& job);

}  // namespace funcorr
