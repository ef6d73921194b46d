#pragma once

#include <string>
#include <vector>

#include <torch/torch.h>

#include "train/model/run_config.h"

namespace funcorr {

// Text features of functions [F, D], L2-normalised, for the kind "clip"; an undefined tensor for "learned",
// whose vectors the model learns. Throws std::runtime_error that names the file and what is wrong.
torch::Tensor function_text_features(const TextConfig& config, const std::vector<std::string>& functions);

}  // namespace funcorr
