#pragma once

#include <filesystem>

#include "train/model/pretrained_files.h"
#include "train/model/run_config.h"

namespace funcorr {

// The model of a checkpoint of the release (epoch_0100.pt) by itself: sizes and mask head from its tensors,
// DINOv2 from the file too unless `files` names other weights, text from CLIP, whose files must be given.
// Throws std::runtime_error that names the file and what is missing.
ModelConfig release_model_config(const std::filesystem::path& checkpoint, const PretrainedFiles& files);

}  // namespace funcorr
