#pragma once

#include <filesystem>
#include <string>

namespace funcorr {

// Makes the folder (where there is none) and writes a funcorr.toml in which every option of every stage
// stands as a comment with its value. Refuses to overwrite one. Throws UsageError, EnvironmentError.
void init_workspace(const std::filesystem::path& folder, const std::string& preset);

}  // namespace funcorr
