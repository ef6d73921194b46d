#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <tuple>

#include <nlohmann/json.hpp>

#include "db/format/members.h"
#include "db/format/options.h"
#include "train/data/sampler.h"
#include "train/data/training_set.h"
#include "train/loss/functional_loss.h"
#include "train/model/device_choice.h"
#include "train/model/precision.h"
#include "train/model/run_config.h"

namespace funcorr {

// Everything that decides what a training run gives. The defaults are the paper's and its release's.
struct TrainingConfig {
  ModelConfig model;
  FunctionalLoss functional_loss = FunctionalLoss::kReference;
  double spatial_weight = 10, mask_weight = 1, temperature = 0.1;
  BatchShape batch;
  SampleRules rules;
  int accumulation = 1;                       // micro-batches of a step
  bool backgrounds = true;                    // augmentation; stored features have theirs already
  Precision precision = Precision::kFloat32;  // of the head's matrix products; float16 needs a GPU
  double learning_rate = 1e-4, weight_decay = 0.01;
  double cooldown = 0;  // share of the steps, at the end, over which the learning rate falls linearly to 0
  std::int64_t steps = 100'000;  // 100 epochs of 1,000 batches
  std::uint64_t seed = 0;
  int validation_every = 1000, validation_batches = 8;  // steps; 0: no validation
  int log_every = 50;                                   // steps
  double loss_limit = 1e4;                              // a loss above counts as exploded
  std::string data_fingerprint;                         // of the shards, features and split
  // Checkpoint, ours or the release's, whose weights are begun with; empty: random ones.
  std::filesystem::path initial;
  std::string initial_identity;  // its content_hash; set by the trainer

  // All but the functional loss, the seed, and what the data decide.
  static const OptionList<TrainingConfig>& options();
};

// How a run is done: none of it changes the result (on one kind of device).
struct TrainingResources {
  DeviceChoice device;
  int loader_threads = 1;
  int processes = 1;            // of this machine, that train together; several: see training_processes.h
  int checkpoint_every = 1000;  // steps

  // Of one of several processes: its share of this machine's cores; 0 for one alone: LibTorch's own choice.
  int torch_threads() const;
  static constexpr auto members() {
    return std::tuple{member("device", &TrainingResources::device),
                      member("loader_threads", &TrainingResources::loader_threads),
                      member("processes", &TrainingResources::processes),
                      member("checkpoint_every", &TrainingResources::checkpoint_every)};
  }
  static const OptionList<TrainingResources>& options();
};

// The learning rate of step 0 … steps − 1.
double learning_rate_at(const TrainingConfig& config, std::int64_t step);

// The members "model" and "training" of a run's config.json.
void to_json(nlohmann::json& json, const TrainingConfig& config);
// Of a stored one: missing members keep their defaults; throws std::runtime_error that names a member of the
// wrong type, or one of the model's out of its range.
void from_json(const nlohmann::json& json, TrainingConfig& config);

}  // namespace funcorr
