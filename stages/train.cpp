// funcorr-train: shards or stored features → checkpoints and curves. Item: a run's name.
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "db/manifest/assets.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "pipeline/large_blocks.h"
#include "pipeline/stage.h"
#include "stages/training/held_out_pairs.h"
#include "stages/training/model_options.h"
#include "stages/training/run_spec.h"
#include "stages/training/training_processes.h"
#include "train/trainer/failed_batch.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

Option integer(std::string name, std::int64_t value, double min, double max, std::string unit,
               std::string help, Effect effect = Effect::kResult) {
  return {std::move(name), OptionType::kInt, value, std::move(unit), min, max, {}, std::move(help), effect};
}
Option number(std::string name, double value, double min, double max, std::string help) {
  return {std::move(name), OptionType::kDouble, value, "", min, max, {}, std::move(help), Effect::kResult};
}

class TrainStage : public Stage {
 public:
  // `launched`: the processes that a launcher started to train together; else null.
  explicit TrainStage(std::unique_ptr<TrainingProcesses> launched) : processes_(std::move(launched)) {}

  std::string name() const override { return "train"; }
  std::string summary() const override {
    return "Trains the head on the frozen backbone, once per named run. (A batch that broke a run again: "
           "--replay FILE.)";
  }

  OptionTable options() const override {
    OptionTable table{
        {.name = "runs",
         .type = OptionType::kStringList,
         .default_value = {"full", "full-no-mask", "functional", "spatial"},
         .help = "runs to train: full, full-no-mask, functional, spatial, full-paper, or "
                 "name=config:key=value:… (keys: functional_loss, spatial_weight, mask_weight, temperature, "
                 "learning_rate, weight_decay, cooldown, layers, steps, seed)",
         .effect = Effect::kNone},
        {.name = "features",
         .type = OptionType::kString,
         .default_value = "auto",
         .choices = {"auto", "stored", "live"},
         .help =
             "stored: of funcorr-features; live: the backbone runs in every step; auto: stored ones where "
             "they are there"},
        integer("steps", 100'000, 1, 1e9, "", "batches to train on (100 epochs of 1,000)"),
        integer("pairs", 50, 1, 100'000, "", "functional pairs of a batch"),
        integer("spatial_pairs", 50, 1, 100'000, "", "spatial pairs of a batch"),
        integer("points", 128, 2, 50'000, "px", "positive and negative pixels of an image"),
        integer("accumulation", 1, 1, 100'000, "", "micro-batches that a batch is cut into; saves memory"),
        {.name = "precision",
         .type = OptionType::kString,
         .default_value = "float32",
         .choices = {"float32", "bfloat16", "float16"},
         .help = "of the head's matrix products; losses are float32, float16 (GPU only) scales them"},
        number("learning_rate", 1e-4, 0, 10, "of AdamW"),
        number("weight_decay", 0.01, 0, 10, "of AdamW"),
        number("cooldown", 0, 0, 1,
               "share of the steps, at the end, over which the learning rate falls to 0; 0: it stays, as in "
               "the paper"),
        number("spatial_weight", 10, 0, 1e6, "weight of the spatial loss"),
        number("mask_weight", 1, 0, 1e6, "weight of the mask loss"),
        number("temperature", 0.1, 1e-3, 100, "of both contrastive losses"),
        number("loss_limit", 1e4, 0, 1e300, "a loss above it counts as exploded and stops the run"),
        {.name = "backgrounds",
         .type = OptionType::kBool,
         .default_value = true,
         .help = "random backgrounds behind the objects (live features; stored ones have theirs)"},
        integer("token_dimension", 512, 1, 65536, "", "of the projected backbone features"),
        integer("hidden_dimension", 1024, 1, 65536, "", "of the head's hidden layers"),
        integer("embedding_dimension", 256, 1, 65536, "", "of the embedding"),
        {.name = "text",
         .type = OptionType::kString,
         .default_value = "learned",
         .choices = {"learned", "clip"},
         .help = "text feature of a function: a learned vector, or CLIP's (needs text_weights, vocabulary)"},
        {.name = "text_weights",
         .type = OptionType::kPath,
         .default_value = "",
         .help = "CLIP's text tower: .pt, .pth, .bin or .safetensors"},
        {.name = "vocabulary",
         .type = OptionType::kPath,
         .default_value = "",
         .help = "CLIP's vocabulary: bpe_simple_vocab_16e6.txt.gz, or a folder of vocab.json and merges.txt"},
        integer("text_dimension", 64, 1, 65536, "", "of a learned vector"),
        {.name = "initial",
         .type = OptionType::kPath,
         .default_value = "",
         .help = "checkpoint whose weights are begun with: final.safetensors of a run, or the release's "
                 "epoch_0100.pt; empty: random weights"},
        integer("validation_every", 1000, 0, 1e9, "steps",
                "how often the held-out split is looked at; 0: never"),
        integer("validation_batches", 8, 1, 1e6, "", "batches of a validation"),
        integer(
            "validation_pairs", 8, 0, 1e6, "",
            "held-out ground-truth pairs of funcorr-pair that a validation measures the paper's metrics on",
            Effect::kNone),
        integer("log_every", 50, 1, 1e9, "steps", "a point of the curves is the mean of so many steps"),
        integer("checkpoint_every", 1000, 1, 1e9, "steps", "how much a killed run may have to do again",
                Effect::kNone),
        integer("loader_threads", 1, 1, 256, "", "threads that draw and gather batches", Effect::kNone),
        integer("processes", 1, 1, 1024, "",
                "that train together on this machine, each with its share of every batch: one per GPU",
                Effect::kNone),
        {.name = "device",
         .type = OptionType::kString,
         .default_value = "auto",
         .help = "auto (the first GPU, else the CPU), cpu, cuda, cuda:1 …",
         .effect = Effect::kNone},
    };
    add_backbone_options(table);
    return table;
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    specs_.clear();
    read_data(context);
    for (RunSpec& spec : parse_runs(context.options.get_strings("runs"))) {
      std::string upstream = data_fingerprint_ + "+" + spec.config;
      for (const auto& [key, value] : spec.overrides) upstream += "," + key + "=" + value;
      sink.want(spec.name, upstream);
      specs_.emplace(spec.name, std::move(spec));
    }
    if (train_.empty()) spdlog::warn("train: no asset of the train split is packed; see funcorr-pack");
  }

  bool in_process() const override { return true; }  // all cores, or the GPU
  int batch_size() const override { return 1; }

  void run_in_process(StageContext& context, const std::vector<Claimed>& items,
                      const std::function<void(const std::string&, ItemResult)>& finish) override {
    for (const Claimed& item : items) {
      if (context.stop_requested()) return;
      if (auto result = train(context, item.key)) finish(item.key, std::move(*result));
    }
  }

  std::string progress_note() override {
    const std::lock_guard lock(note_mutex_);
    return note_;
  }

  // Between two runs.
  void dismiss_processes() {
    if (processes_) processes_->dismiss();
  }

 private:
  // Shards by split, and whether all of them have features.
  void read_data(StageContext& context) {
    train_.clear();
    held_out_.clear();
    std::map<std::string, Split> splits;
    for (const AssetSplit& asset : all_splits(*context.manifest)) splits[asset.uid] = asset.split;
    const std::string wanted = context.options.get_string("features");
    std::string fingerprints, feature_fingerprints;
    stored_ = wanted != "live";
    for_each_done_item(*context.manifest, "pack", [&](const DoneItem& item) {
      const auto split = splits.find(item.key);
      if (split == splits.end() || split->second == Split::kUnseen) return;
      (split->second == Split::kTrain ? train_ : held_out_).push_back(item.key);
      fingerprints += item.key + "=" + item.fingerprint + "/" + std::string(to_string(split->second)) + ";";
      const auto features = done_fingerprint(*context.manifest, "features", item.key);
      stored_ = stored_ && features.has_value();
      feature_fingerprints += features.value_or("") + ";";
    });
    if (wanted == "stored" && !stored_)
      throw UsageError("train: features = stored, but some shards have none; run funcorr-features --store");
    data_fingerprint_ = sha256_hex(fingerprints + (stored_ ? feature_fingerprints : ""), 16);
  }

  TrainingConfig training_config(const StageContext& context, const RunSpec& spec) const {
    const Options& options = context.options;
    const auto integer_of = [&](const char* name) { return static_cast<int>(options.get_int(name)); };
    TrainingConfig config;
    config.model.backbone = backbone_config(options);
    config.model.text.kind = options.get_string("text");
    config.model.text.dimension = integer_of("text_dimension");
    if (!options.get_string("text_weights").empty())
      config.model.text.weights = options.get_path("text_weights");
    if (!options.get_string("vocabulary").empty())
      config.model.text.vocabulary = options.get_path("vocabulary");
    config.model.head.token_dimension = integer_of("token_dimension");
    config.model.head.hidden_dimension = integer_of("hidden_dimension");
    config.model.head.embedding_dimension = integer_of("embedding_dimension");
    config.spatial_weight = options.get_double("spatial_weight");
    config.mask_weight = options.get_double("mask_weight");
    config.model.head.mask = config.mask_weight > 0;
    config.temperature = options.get_double("temperature");
    config.batch = {integer_of("pairs"), integer_of("spatial_pairs"), integer_of("points")};
    config.accumulation = integer_of("accumulation");
    config.backgrounds = options.get_bool("backgrounds") && !stored_;
    config.precision = options.get_string("precision");
    config.learning_rate = options.get_double("learning_rate");
    config.weight_decay = options.get_double("weight_decay");
    config.cooldown = options.get_double("cooldown");
    config.steps = options.get_int("steps");
    config.validation_every = integer_of("validation_every");
    config.validation_batches = integer_of("validation_batches");
    config.log_every = integer_of("log_every");
    config.loss_limit = options.get_double("loss_limit");
    if (!options.get_string("initial").empty()) config.initial = options.get_path("initial").string();
    config.seed = item_seed(context.seed, name(), spec.config);
    config.data_fingerprint = data_fingerprint_;
    apply(spec, config);
    return config;
  }

  // Nothing where it was stopped before the end.
  std::optional<ItemResult> train(StageContext& context, const std::string& run_name) {
    start_processes(context.options);
    const TrainingJob job = training_job(context, run_name);
    Run run{run_name, to_json(job.config).dump(), RunState::kRunning, 0, job.config.steps, 0, {}};
    upsert_run(*context.manifest, run);
    if (processes_) processes_->start(context.workspace, job);

    TrainingHooks hooks;
    hooks.write_artifact = [](const fs::path& file, const auto& write) { write_artifact(file, write); };
    hooks.stop_requested = context.stop_requested;
    hooks.on_notice = [&](const std::string& text) { spdlog::info("train {}: {}", run_name, text); };
    hooks.on_point = [&](const CurvePoint& point) {
      run.step = point.step;
      run.loss = point.values.at("loss");
      upsert_run(*context.manifest, run);
      const std::lock_guard lock(note_mutex_);
      note_ = fmt::format("{} step {}/{} loss {:.3f}", run_name, run.step, run.steps, run.loss);
    };
    const HeldOutPairs pairs(*context.manifest, context.workspace,
                             static_cast<std::size_t>(context.options.get_int("validation_pairs")),
                             job.config.model.functions);
    hooks.probe =
        pairs.probe(job.config.model.head.mask ? "full" : "full-no-mask", context.workspace.run(run_name));
    try {
      const TrainingOutcome outcome =
          train_model(job.config, job.resources, training_files(context.workspace, job),
                      context.workspace.run(run_name), hooks, processes_ ? &processes_->group() : nullptr);
      if (!outcome.finished) return std::nullopt;
    } catch (const TrainingDiverged& error) {
      run.state = RunState::kFailed;
      upsert_run(*context.manifest, run);
      return failed("diverged", fmt::format("{}; look at its batch with: funcorr-train --replay {}",
                                            error.what(), error.batch.string()));
    } catch (const std::exception& error) {
      run.state = RunState::kFailed;
      upsert_run(*context.manifest, run);
      if (!processes_) throw;
      return failed("training", error.what());
    }
    run.state = RunState::kDone;
    run.checkpoint =
        fs::relative(context.workspace.run(run_name) / "final.safetensors", context.workspace.root);
    upsert_run(*context.manifest, run);
    return ItemResult::done();
  }

  void start_processes(const Options& options) {
    const auto processes = static_cast<int>(options.get_int("processes"));
    if (processes > 1 && !processes_) processes_ = std::make_unique<TrainingProcesses>(processes);
  }

  // Where several processes train, the others are in the middle of the run: only a new start brings them
  // together again.
  ItemResult failed(const std::string& kind, const std::string& text) {
    if (!processes_) return ItemResult::rejected(kind, text);
    processes_.reset();
    return ItemResult::fatal(kind, text);
  }

  TrainingJob training_job(const StageContext& context, const std::string& run_name) const {
    TrainingJob job{run_name, training_config(context, specs_.at(run_name)), {}, train_, held_out_, stored_};
    job.resources.device = context.options.get_string("device");
    job.resources.loader_threads = static_cast<int>(context.options.get_int("loader_threads"));
    job.resources.checkpoint_every = static_cast<int>(context.options.get_int("checkpoint_every"));
    if (const auto processes = static_cast<int>(context.options.get_int("processes")); processes > 1)
      job.resources.torch_threads =
          std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / processes);
    const TrainingFiles files = training_files(context.workspace, job);
    std::vector<fs::path> all = files.train;
    all.insert(all.end(), files.held_out.begin(), files.held_out.end());
    job.config.model.functions = functions_of_shards(all);
    return job;
  }

  std::unique_ptr<TrainingProcesses> processes_;  // null: this process trains alone
  std::map<std::string, RunSpec> specs_;
  std::vector<std::string> train_, held_out_;  // uids
  std::string data_fingerprint_;
  bool stored_ = false;
  std::mutex note_mutex_;
  std::string note_;
};

// funcorr-train --replay FILE: does a batch again that broke a run.
int replay(const fs::path& file) {
  try {
    const Replay replayed = replay_batch(file);
    std::cout << "step " << replayed.step << "\n" << replayed.text;
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "funcorr-train: " << error.what() << "\n";
    return 2;
  }
}

int train_main(int argc, char** argv) {
  const ProcessPlace place = process_place_from_environment();
  if (place.rank > 0) {
    ProcessGroup group(place);
    follow(group);
    return 0;
  }
  TrainStage stage(place.processes > 1 ? std::make_unique<TrainingProcesses>(place) : nullptr);
  const int status = stage_main(argc, argv, stage);
  stage.dismiss_processes();
  return status;
}

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--replay") return funcorr::replay(argv[2]);
  funcorr::keep_large_blocks();
  try {
    return funcorr::train_main(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "funcorr-train: " << error.what() << "\n";
    return 3;
  }
}
