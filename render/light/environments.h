#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "render/light/environment.h"

namespace funcorr {

// The names and files of a list of environments, folders replaced by the .exr and .hdr files in them (in name
// order; in upper case too). Throws UsageError or EnvironmentError that says what is missing.
std::vector<std::string> environment_names(const std::vector<std::filesystem::path>& hdri);

// What people call an environment: its name, or its file's.
std::string environment_title(const std::string& name_or_file);

// One line for people on texels that had to be mended; empty where there are none.
std::string environment_notice(const std::string& name_or_file, const Environment& environment);

// Environments stay loaded from one asset to the next; a few, as a map of 2048 × 1024 takes 28 MB.
class EnvironmentCache {
 public:
  // Throws EnvironmentError with the reason.
  const Environment& load(const std::string& name_or_file);

 private:
  std::map<std::string, std::unique_ptr<Environment>> loaded_;
};

}  // namespace funcorr
