#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <torch/torch.h>

#include "train/model/functional_model.h"

namespace funcorr {

// A checkpoint is a safetensors file: the model's tensors under the release's names and, where it can be
// trained on, "optimizer.<parameter>.{exp_avg,exp_avg_sq,step}", "random.state", "loss.scale" and
// "curve.window"; the metadata are those of run_folder.h. Sampling depends on seed and step alone.

// What a training run is between two steps.
struct TrainingState {
  FunctionalModel& model;
  torch::optim::AdamW& optimizer;
  torch::Tensor& window;      // sums of the curve's values since the last point, and their count
  torch::Tensor& loss_scale;  // LossScale::state()
  std::int64_t step = 0;      // steps done
};

// Writes over `file`. Throws std::runtime_error.
void save_checkpoint(const std::filesystem::path& file, const TrainingState& state,
                     const std::string& config);
// The model alone.
void save_model(const std::filesystem::path& file, const FunctionalModelImpl& model, std::int64_t step,
                const std::string& config);

// Puts everything back and sets LibTorch's generator. Throws std::runtime_error that names what is missing or
// does not fit.
void load_checkpoint(const std::filesystem::path& file, TrainingState& state);

}  // namespace funcorr
