#pragma once

#include "train/loss/losses.h"
#include "train/model/scalar_type.h"
#include "train/trainer/training_config.h"

namespace funcorr {

inline LossOptions loss_options(const TrainingConfig& config) {
  LossOptions options;
  options.functional = config.functional_loss;
  options.spatial_weight = config.spatial_weight;
  options.mask_weight = config.mask_weight;
  options.temperature = config.temperature;
  options.precision = scalar_type_of(config.precision);
  return options;
}

}  // namespace funcorr
