#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "train/data/sampler.h"
#include "train/data/training_set.h"
#include "train/model/run_config.h"

namespace funcorr {

// Everything that decides what a training run gives. The defaults are the paper's and its release's.
struct TrainingConfig {
  ModelConfig model;
  std::string functional_loss = "reference";  // or "paper", "none"
  double spatial_weight = 10, mask_weight = 1, temperature = 0.1;
  BatchShape batch;
  SampleRules rules;
  int accumulation = 1;     // micro-batches of a step
  bool backgrounds = true;  // augmentation; stored features have theirs already
  // Of the head's matrix products: "float32", "bfloat16", or "float16" (a GPU's).
  std::string precision = "float32";
  double learning_rate = 1e-4, weight_decay = 0.01;
  double cooldown = 0;  // share of the steps, at the end, over which the learning rate falls linearly to 0
  std::int64_t steps = 100'000;  // 100 epochs of 1,000 batches
  std::uint64_t seed = 0;
  int validation_every = 1000, validation_batches = 8;  // steps; 0: no validation
  int log_every = 50;                                   // steps
  double loss_limit = 1e4;                              // a loss above counts as exploded
  std::string data_fingerprint;                         // of the shards, features and split
  std::string initial;  // checkpoint, ours or the release's, whose weights are begun with; empty: random ones
  std::string initial_identity;  // its content_hash; set by the trainer
};

// How a run is done: none of it changes the result (on one kind of device).
struct TrainingResources {
  std::string device = "auto";  // "cpu", "cuda", "cuda:1" …; auto: the first GPU, else the CPU
  int loader_threads = 1, torch_threads = 0;  // 0: LibTorch's own choice
  int checkpoint_every = 1000;                // steps
};

// The learning rate of step 0 … steps − 1.
double learning_rate_at(const TrainingConfig& config, std::int64_t step);

// The members "model" and "training" of a run's config.json.
nlohmann::json to_json(const TrainingConfig& config);
// Missing fields keep their defaults; throws std::runtime_error that names a field of the wrong type.
TrainingConfig training_config_from_json(const nlohmann::json& json);

}  // namespace funcorr
