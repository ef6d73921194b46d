#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace funcorr {

// What a batch that broke a run does when it is done again: the report of replay_batch().
struct Replay {
  std::int64_t step = 0;
  std::string text;  // losses, pairs and parameters that are not finite; for people
};

// Does the saved batch again with the weights it met (TrainingDiverged). Free of LibTorch. Throws UsageError
// that names the file and what is wrong with it.
Replay replay_batch(const std::filesystem::path& file);

}  // namespace funcorr
