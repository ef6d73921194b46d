// funcorr-train: shards or stored features → checkpoints and curves. Item: a run's name.
#include <iostream>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/manifest/assets.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "db/manifest/sweep.h"
#include "eval/measurement/held_out_pairs.h"
#include "pipeline/exit_status.h"
#include "pipeline/large_blocks.h"
#include "pipeline/stage.h"
#include "stages/train_followers.h"
#include "stages/train_options.h"
#include "train/distributed/training_processes.h"
#include "train/trainer/failed_batch.h"

namespace funcorr {
namespace {

// In the stage process: training takes all cores, or the GPU.
class TrainStage : public InProcessStage<TrainOptions, Nothing, Nothing> {
 public:
  explicit TrainStage(TrainingProcesses& processes) : processes_(processes) {}

  std::string name() const override { return "train"; }
  std::string summary() const override {
    return "Trains the head on the frozen backbone, once per named run. (A batch that broke a run again: "
           "--replay FILE.)";
  }
  int batch_size() const override { return 1; }

  void begin(StageContext& context) override {
    if (!options().is_sweep()) return;
    choose_data(context);
    std::vector<SweepRun> runs;
    for (const SweepPoint& point : options().sweep_points())
      runs.push_back(stored_run(point, item_fingerprint(context, upstream_of(point.spec))));
    replace_sweep(context.manifest, options().sweep.name, runs);
  }

  void list(StageContext& context, ItemSink& sink) override {
    choose_data(context);
    if (data_.train.empty()) spdlog::warn("train: no asset of the train split is packed; see funcorr-pack");
    const bool is_sweep = options().is_sweep();
    if (is_sweep)
      spdlog::info("train: sweep {}: {}", options().sweep.name, sweep_text(options().sweep_points()));
    sink.keep_others([is_sweep](const std::string& run) { return is_sweep || is_sweep_run(run); });
    specs_.clear();
    for (RunSpec& spec : options().wanted_runs()) {
      sink.want(spec.name, upstream_of(spec));
      specs_.emplace(spec.name, std::move(spec));
    }
  }

  Nothing describe(StageContext&, const std::string&) override { return {}; }

  void run(StageContext& context, std::vector<Claimed> items, const Finish& finish) override {
    for (const Claimed& item : items) {
      if (context.stop_requested()) return;
      const TrainingJob job =
          training_job(context.workspace, specs_.at(item.key), options().plan, data_, context.seed);
      const RunOutcome outcome = processes_.train(job, training_hooks(context, job), [&](const Run& run) {
        upsert_run(context.manifest, run);
        if (run.step == 0) return;
        const std::lock_guard lock(note_mutex_);
        note_ = fmt::format("{} step {}/{} loss {:.3f}", run.name, run.step, run.steps, run.loss);
      });
      if (outcome.end == RunOutcome::End::kStopped) return;
      finish(item.key, result_of(outcome));
    }
  }

  std::string progress_note() override {
    const std::lock_guard lock(note_mutex_);
    return note_;
  }

 private:
  void choose_data(StageContext& context) {
    data_ = choose_training_data(packed_assets(context), options().plan.features);
  }
  std::string upstream_of(const RunSpec& spec) const { return data_.fingerprint + "+" + spec.changes(); }

  static std::vector<PackedAsset> packed_assets(StageContext& context) {
    std::vector<PackedAsset> packed;
    for_each_done_item(context.manifest, "pack", [&](const DoneItem& item) {
      if (const auto split = asset_split(context.manifest, item.key))
        packed.push_back(
            {item.key, *split, item.fingerprint, done_fingerprint(context.manifest, "features", item.key)});
    });
    return packed;
  }

  TrainingHooks training_hooks(StageContext& context, const TrainingJob& job) const {
    TrainingHooks hooks;
    hooks.stop_requested = context.stop_requested;
    hooks.on_notice = [run = job.run](const std::string& text) { spdlog::info("train {}: {}", run, text); };
    std::vector<Pair> pairs;
    for_each_pair(context.manifest, [&](const Pair& pair) { pairs.push_back(pair); });
    const HeldOutPairs held_out(context.workspace, pairs, all_splits(context.manifest),
                                job.config.model.functions,
                                static_cast<std::size_t>(options().validation_pairs));
    hooks.probe = held_out.probe(job.config.model.head.mask ? ResultRow::kFull : ResultRow::kFullNoMask,
                                 context.workspace.run(job.run));
    return hooks;
  }

  static Result<Nothing> result_of(const RunOutcome& outcome) {
    if (outcome.end == RunOutcome::End::kFinished) return Nothing{};
    const std::string kind = outcome.end == RunOutcome::End::kDiverged ? "diverged" : "training";
    return outcome.others_are_lost ? fatal(kind, outcome.error) : rejected(kind, outcome.error);
  }

  TrainingProcesses& processes_;
  std::map<std::string, RunSpec> specs_;
  TrainingData data_;
  std::mutex note_mutex_;
  std::string note_;
};

// funcorr-train --replay FILE: does a batch again that broke a run.
int replay(const std::filesystem::path& file) {
  const Replay replayed = replay_batch(file);
  std::cout << "step " << replayed.step << "\n" << replayed.text;
  return kAllDone;
}

int train_main(int argc, char** argv) {
  const ProcessPlace place = process_place_from_environment();
  if (place.rank > 0) return follow_first(place);
  TrainingProcesses processes(place, start_follower);
  const int status = in_process_stage_main<TrainStage>(argc, argv, processes);
  processes.dismiss();
  return status;
}

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  return funcorr::run_main("funcorr-train", [&] {
    if (argc == 3 && std::string_view(argv[1]) == "--replay") return funcorr::replay(argv[2]);
    funcorr::keep_large_blocks();
    return funcorr::train_main(argc, argv);
  });
}
