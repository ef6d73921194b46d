#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "pipeline/options.h"

namespace funcorr {

// One key of a configuration file, not yet checked against a table.
struct Setting {
  // "render"; "locate.cogvlm" of a stage's named run; "funcorr" for [funcorr] and for keys above the first
  // section.
  std::string section;
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
// '/' or ends in ".toml" (relative ones: to the workspace). A preset that names another by its own key preset
// builds on it. None for "default", and for an empty name. Throws UsageError naming the presets there are.
std::vector<Setting> read_preset(const std::string& name, const std::filesystem::path& workspace,
                                 const std::string& stage);

// Throws EnvironmentError where a file is missing that the preset names in a section of these stages, and
// that funcorr does not come with: which they are, and where to get them, as the preset's table [needs] tells
// (file = "where from"; files and folders relative to the workspace). `is_overridden`: by what is nearer than
// the preset.
void require_needed_files(const std::string& preset, const std::filesystem::path& workspace,
                          const std::vector<std::string>& stages,
                          const std::function<bool(const Setting&)>& is_overridden);

// Sets the options of [funcorr], then those of [<follows>] that the table has too, then those of [<stage>],
// then those of [<stage>.<run>].
// The sections of stages may also hold the shared options: the nearest wins. Settings of other stages are
// left to them. Throws UsageError for a key of [funcorr] or [<stage>] that the table does not have.
void apply_config(Options& options, const std::vector<Setting>& settings, const std::string& stage,
                  Options::Source source, const std::string& follows = {}, const std::string& run = {});

// The stage whose section, or whose named run's section, it is; the name of that run, empty for the stage's.
struct SectionName {
  std::string stage, run;
};
SectionName section_name(const std::string& section);

}  // namespace funcorr
