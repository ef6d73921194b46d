#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace funcorr {

// What the driver's command line asks of stages.
struct DriverOptions {
  std::filesystem::path workspace = ".";
  std::string config, preset;  // empty: the stage's defaults
  std::optional<int> workers;
  std::optional<std::uint64_t> seed;
  bool dry_run = false;     // -n
  bool json = false;        // with dry_run: one JSON array
  bool keep_going = false;  // -k: a stage after one in which items failed
  bool quiet = false, verbose = false;
  bool force = false;  // -B: of the stages asked for, not of their upstream
};

// One stage to run.
struct Step {
  std::string stage;
  bool force = false;
  std::vector<std::string> extra;  // arguments passed through to the stage
  bool keep_going = false;         // the next one follows though items of this one failed
};

// `stage` behind everything it needs (make's manners); alone where `extra` names single items or asks about
// the stage itself. Optional stages come where they are asked for by name, or where the configuration or the
// preset sets one of their options; a stage of which the configuration names several runs ([locate.cogvlm])
// comes once for each.
std::vector<Step> plan_stage(const std::string& stage, const DriverOptions& options,
                             const std::vector<std::string>& extra);
std::vector<Step> plan_range(const std::string& range, const DriverOptions& options);

// What an option of the stage is, by the stage's own answer. Throws EnvironmentError where it gives none.
nlohmann::json stage_option(const std::string& stage, const std::string& option,
                            const DriverOptions& options);

// Runs the steps in order; each stage works on what is stale only. Stops at the first stage in which items
// failed unless keep_going; at an error of usage or environment and at a signal always. A dry run prints what
// each would do and why, and which stages follow from others that have something to do. Returns the exit
// status.
int run_steps(const std::vector<Step>& steps, const DriverOptions& options);

}  // namespace funcorr
