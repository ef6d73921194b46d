#include "train/distributed/training_job.h"

#include "db/format/random.h"

namespace funcorr {

namespace fs = std::filesystem;

const OptionList<TrainingPlan>& TrainingPlan::options() {
  static const OptionList<TrainingPlan> list{
      options_of(&TrainingPlan::runs),
      option("features", &TrainingPlan::features)
          .help("stored: of funcorr-features; live: the backbone runs in every step; auto: stored ones where "
                "they are there"),
      options_of(&TrainingPlan::config), options_of(&TrainingPlan::resources)};
  return list;
}

TrainingJob training_job(const Workspace& workspace, const RunSpec& spec, const TrainingPlan& plan,
                         const TrainingData& data, std::uint64_t seed) {
  TrainingJob job;
  job.workspace = fs::absolute(workspace.root).string();
  job.run = spec.name;
  job.config = plan.config;
  job.config.seed = item_seed(seed, "train", std::string(to_string(spec.kind)));
  job.config.data_fingerprint = data.fingerprint;
  apply(spec, job.config, workspace.root);
  job.config.backgrounds = job.config.backgrounds && !data.stored_features;
  job.resources = plan.resources;
  job.train = data.train;
  job.held_out = data.held_out;
  job.stored_features = data.stored_features;
  const TrainingFiles files = training_files(job);
  std::vector<fs::path> all = files.train;
  all.insert(all.end(), files.held_out.begin(), files.held_out.end());
  job.config.model.functions = functions_of_shards(all);
  return job;
}

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

TrainingOutcome train_job(const TrainingJob& job, const TrainingHooks& hooks, ProcessGroup* group) {
  return train_model(job.config, job.resources, training_files(job), Workspace{job.workspace}.run(job.run),
                     hooks, group);
}

}  // namespace funcorr
