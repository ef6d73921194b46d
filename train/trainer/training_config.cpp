#include "train/trainer/training_config.h"

namespace funcorr {

nlohmann::json to_json(const TrainingConfig& config) {
  return {{"model", to_json(config.model)},
          {"training",
           {{"functional_loss", config.functional_loss},
            {"spatial_weight", config.spatial_weight},
            {"mask_weight", config.mask_weight},
            {"temperature", config.temperature},
            {"functional_pairs", config.batch.functional_pairs},
            {"spatial_pairs", config.batch.spatial_pairs},
            {"points", config.batch.points},
            {"least_part_pixels", config.rules.least_part_pixels},
            {"least_shared_points", config.rules.least_shared_points},
            {"least_items", config.rules.least_items},
            {"accumulation", config.accumulation},
            {"backgrounds", config.backgrounds},
            {"learning_rate", config.learning_rate},
            {"weight_decay", config.weight_decay},
            {"steps", config.steps},
            {"precision", config.precision},
            {"seed", config.seed},
            {"validation_every", config.validation_every},
            {"validation_batches", config.validation_batches},
            {"log_every", config.log_every},
            {"loss_limit", config.loss_limit},
            {"data_fingerprint", config.data_fingerprint}}}};
}

}  // namespace funcorr
