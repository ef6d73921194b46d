#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "db/format/safetensors.h"

namespace funcorr {

// The folder of a training run, W/train/runs/<name>. What the tensors of its .safetensors files are stands in
// train/trainer/checkpoint.h.
std::filesystem::path run_config_path(const std::filesystem::path& run_folder);        // config.json
std::filesystem::path checkpoint_path(const std::filesystem::path& run_folder);        // to go on from
std::filesystem::path final_checkpoint_path(const std::filesystem::path& run_folder);  // of a finished run
std::filesystem::path curves_path(const std::filesystem::path& run_folder);            // curves.csv
std::filesystem::path event_file_path(const std::filesystem::path& run_folder);        // TensorBoard's
// matches/step-<step>.png: a held-out pair as the run matched it; by name in the order of steps.
std::filesystem::path match_picture_folder(const std::filesystem::path& run_folder);
std::filesystem::path match_picture_path(const std::filesystem::path& run_folder, std::int64_t step);
std::int64_t step_of_match_picture(const std::filesystem::path& file);
// A batch that broke the run, of one of the processes that train together.
std::filesystem::path failed_batch_path(const std::filesystem::path& run_folder, std::int64_t step,
                                        int process);

// Of the two checkpoints the one that was written last; throws std::runtime_error where there is none.
std::filesystem::path newest_checkpoint(const std::filesystem::path& run_folder);

// What the metadata of a run's .safetensors say: the steps done and the config as JSON.
struct CheckpointFacts {
  std::int64_t step = 0;
  std::string config;
};
std::map<std::string, std::string> checkpoint_metadata(const CheckpointFacts& facts);
// Throws std::runtime_error that names the file where there is no step; config may be empty.
CheckpointFacts checkpoint_facts(const SafetensorsFile& file);

// The config a checkpoint was written with; empty where there is no such file, or none that can be read.
std::string checkpoint_config(const std::filesystem::path& file);
// The steps done at a checkpoint that can be read. Throws std::runtime_error.
std::int64_t checkpoint_step(const std::filesystem::path& file);

}  // namespace funcorr
