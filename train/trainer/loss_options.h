#pragma once

#include "train/loss/losses.h"
#include "train/model/precision.h"
#include "train/trainer/training_config.h"

namespace funcorr {

// Throws std::invalid_argument for an unknown functional loss, std::runtime_error for an unknown precision.
inline LossOptions loss_options(const TrainingConfig& config) {
  LossOptions options;
  options.functional = functional_loss_from_name(config.functional_loss);
  options.spatial_weight = config.spatial_weight;
  options.mask_weight = config.mask_weight;
  options.temperature = config.temperature;
  options.precision = precision_from_name(config.precision);
  return options;
}

}  // namespace funcorr
