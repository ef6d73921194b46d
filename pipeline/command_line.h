#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/options.h"
#include "pipeline/run_options.h"

namespace funcorr {

// What a stage is asked to do, besides its options.
struct CommandLine {
  std::filesystem::path workspace;  // absolute
  bool workspace_given = false;     // else the current folder
  std::filesystem::path config;     // --config; empty: the workspace's funcorr.toml where there is one
  std::vector<std::string> items;   // --item: only these, whatever their state
  bool dry_run = false, force = false, keep_going = true, json = false;
  bool print_config = false, verbose = false, quiet = false, help = false, version = false;
  bool worker = false;                                          // re-executed by the stage itself
  std::vector<std::pair<std::string, nlohmann::json>> options;  // as given, not range-checked; paths absolute
};

// How the command line spells an option: "memory-limit-mb" for memory_limit_mb.
std::string dashed(std::string option);

// Throws UsageError: unknown arguments (with the nearest known), values of the wrong type.
CommandLine parse_command_line(int argc, const char* const* argv, const OptionTable& table);

// default < preset < configuration file < command line. `follows`: see apply_config(). Throws UsageError.
Options resolve_options(const CommandLine& command, const OptionTable& table, const std::string& stage,
                        const std::string& follows = {});

// Help of options, a line for each with its default and range, below a blank line and the title "Options".
std::string options_text(const std::vector<Option>& options);

// The text of --help. `own`: the stage's table, without the shared options.
std::string help_text(const std::string& program, const std::string& stage, const std::string& summary,
                      const OptionTable& own, const RunOptions& defaults = {});

}  // namespace funcorr
