#include "stages/training/training_job.h"

namespace funcorr {

namespace fs = std::filesystem;
using nlohmann::json;

json to_json(const TrainingJob& job) {
  return {{"run", job.run},
          {"config", to_json(job.config)},
          {"device", job.resources.device},
          {"loader_threads", job.resources.loader_threads},
          {"torch_threads", job.resources.torch_threads},
          {"checkpoint_every", job.resources.checkpoint_every},
          {"train", job.train},
          {"held_out", job.held_out},
          {"stored_features", job.stored_features}};
}

TrainingJob training_job_from_json(const json& message) {
  TrainingJob job;
  job.run = message.at("run");
  job.config = training_config_from_json(message.at("config"));
  job.resources.device = message.at("device");
  job.resources.loader_threads = message.at("loader_threads");
  job.resources.torch_threads = message.at("torch_threads");
  job.resources.checkpoint_every = message.at("checkpoint_every");
  job.train = message.at("train").get<std::vector<std::string>>();
  job.held_out = message.at("held_out").get<std::vector<std::string>>();
  job.stored_features = message.at("stored_features");
  return job;
}

TrainingFiles training_files(const Workspace& workspace, const TrainingJob& job) {
  const auto shards = [&](const std::vector<std::string>& uids) {
    std::vector<fs::path> files;
    for (const std::string& uid : uids) files.push_back(workspace.shard(uid));
    return files;
  };
  TrainingFiles files{shards(job.train), shards(job.held_out), {}};
  if (job.stored_features)
    files.features = [workspace](const std::string& uid) { return workspace.features(uid); };
  return files;
}

}  // namespace funcorr
