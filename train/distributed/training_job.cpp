#include "train/distributed/training_job.h"

#include "db/dataset/workspace.h"

namespace funcorr {

namespace fs = std::filesystem;

TrainingFiles training_files(const TrainingJob& job) {
  const Workspace workspace{job.workspace};
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

TrainingOutcome train(const TrainingJob& job, const TrainingHooks& hooks, ProcessGroup* group) {
  return train_model(job.config, job.resources, training_files(job), Workspace{job.workspace}.run(job.run),
                     hooks, group);
}

}  // namespace funcorr
