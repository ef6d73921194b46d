#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "train/loss/losses.h"
#include "train/model/functional_model.h"

namespace funcorr {

// A batch and the weights it met, as failed_batch.h does it again: the model's tensors under their names, the
// batch's as "batch.<field>"; the metadata hold "step" and "config" (JSON).
void save_failed_batch(const std::filesystem::path& file, const FunctionalModelImpl& model,
                       const TrainingBatch& batch, std::int64_t step, const std::string& config);

}  // namespace funcorr
