#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace funcorr {

// One line of `funcorr doctor`.
struct Finding {
  enum class Level { kFine, kNote, kWarning, kMissing };
  std::string group, name, value;
  Level level = Level::kFine;
  std::string remedy;  // a command or an act that mends it; empty when fine
};

// Every library's version, as built and, where it differs, at run time.
std::vector<Finding> examine_libraries();
// The BLAS that this process resolved to, and whether it is the slow reference one.
std::vector<Finding> examine_blas();
// Instruction sets, cores, memory, GPU or the reason there is none.
std::vector<Finding> examine_machine();
// Free disk, rights, filesystem and manifest.
std::vector<Finding> examine_workspace(const std::filesystem::path& workspace);
// Pretrained weights that the workspace's configuration names: there, or missing.
std::vector<Finding> examine_weights(const std::filesystem::path& workspace);

}  // namespace funcorr
