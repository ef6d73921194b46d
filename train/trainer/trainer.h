#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "db/format/artifact.h"
#include "train/distributed/process_group.h"
#include "train/model/predictor.h"
#include "train/trainer/curves.h"
#include "train/trainer/training_config.h"

namespace funcorr {

struct TrainingFiles {
  std::vector<std::filesystem::path> train, held_out;  // shards
  // The stored features of a shard's uid; empty: the backbone runs in every step.
  std::function<std::filesystem::path(const std::string& uid)> features;
};

// Writes a file atomically, as write_artifact() does (db/format/artifact.h).
using ArtifactWriter = std::function<void(const std::filesystem::path& file,
                                          const std::function<void(const std::filesystem::path&)>& write)>;

// The model that is trained, as it is now: Predictor::embed at all pixels of a crop.
using CropEmbedder =
    std::function<PixelEmbeddings(const std::vector<std::uint8_t>& rgb, const std::string& function)>;

// Measures the model at every validation, in process 0.
struct TrainingProbe {
  std::vector<std::string> names;  // of the values, which become "held_out_<name>" in the curves
  // → the values, in the order of `names`. May be empty: then the curves have empty columns.
  std::function<std::vector<double>(const CropEmbedder& embed, std::int64_t step)> measure;
};

struct TrainingHooks {
  ArtifactWriter write_artifact = [](const auto& file, const auto& write) {
    funcorr::write_artifact(file, write);
  };
  std::function<bool()> stop_requested;
  std::function<void(const CurvePoint&)>
      on_point;  // every log_every steps; the last one again where a run goes on
  std::function<void(const std::string&)>
      on_notice;  // one line for people: what is skipped, where it resumes
  TrainingProbe probe;
};

struct TrainingOutcome {
  bool finished = false;  // false: stopped on request, with a checkpoint
  std::int64_t step = 0;
  double loss = 0;  // mean of the last point
};

// The loss is not a number, or above the limit. The batch and the weights it met are saved.
struct TrainingDiverged : std::runtime_error {
  TrainingDiverged(const std::string& what, std::filesystem::path saved)
      : std::runtime_error(what), batch(std::move(saved)) {}
  std::filesystem::path batch;  // for replay_batch(), train/trainer/failed_batch.h
};

// Trains, or goes on with, the run in `run_folder`: config.json, checkpoint.safetensors, curves.csv and
// tensorboard/ while it runs, final.safetensors at the end. A checkpoint of another config is not gone on
// with. On the CPU, a run that was killed and resumed gives the same bytes as an undisturbed one. Sets
// LibTorch's seed.
//
// Several processes, all with the same arguments, train one model together: each does its share of every
// batch, gradients and curves are means over all of them, process 0 writes (and the others a batch that broke
// the run). The batch must divide among them; then the result is that of one process but for rounding.
//
// Throws TrainingDiverged; UsageError for an option out of its range; std::runtime_error with what to change
// where memory runs out, the data give nothing to train on, or a file does not fit.
TrainingOutcome train_model(TrainingConfig config, const TrainingResources& resources,
                            const TrainingFiles& files, const std::filesystem::path& run_folder,
                            const TrainingHooks& hooks, ProcessGroup* group = nullptr);

}  // namespace funcorr
