#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "pipeline/options.h"

namespace funcorr {

// One key of a configuration file, not yet checked against a table.
struct Setting {
  std::string section;  // "render"; "funcorr" for [funcorr] and for keys above the first section
  std::string key;
  nlohmann::json value;
  std::string where;  // "W/funcorr.toml:12"
};

// Reads a TOML file: one section per stage, [funcorr] for what all stages share. Throws UsageError with the
// line for a syntax error, an unknown section (with the nearest known one) or a value that no option can
// have, and EnvironmentError when the file cannot be read. `stage` is accepted as a section besides the known
// stages.
std::vector<Setting> read_config(const std::filesystem::path& file, const std::string& stage);

// The settings of a named preset: a file that comes with funcorr, or one of one's own where the name holds a
// '/' or ends in ".toml" (relative ones: to the workspace). None for "paper", the defaults, and for an empty
// name. Throws UsageError naming the presets there are.
std::vector<Setting> read_preset(const std::string& name, const std::filesystem::path& workspace,
                                 const std::string& stage);

// Sets the options of [funcorr], then those of [<stage>], which may also hold the shared ones: the nearer
// wins. Settings of other stages are left to them. Throws UsageError for a key that the table does not have.
void apply_config(Options& options, const std::vector<Setting>& settings, const std::string& stage,
                  Options::Source source);

}  // namespace funcorr
