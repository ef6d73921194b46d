#include "pipeline/driver/run.h"

#include <algorithm>
#include <cstring>
#include <iostream>

#include "pipeline/driver/graph.h"
#include "pipeline/driver/process.h"
#include "pipeline/options.h"

namespace funcorr {
namespace {

std::filesystem::path stage_program(const std::string& stage) {
  const std::filesystem::path program = executable_folder() / ("funcorr-" + stage);
  if (!std::filesystem::exists(program)) {
    throw EnvironmentError("stage " + stage + ": there is no " + program.string() +
                           "; build it (ninja funcorr-" + stage + ") or install funcorr anew");
  }
  return program;
}

std::vector<std::string> stage_arguments(const Step& step, const RunOptions& options) {
  std::vector<std::string> arguments{"--workspace", options.workspace.string()};
  const auto add = [&](std::initializer_list<std::string> more) { arguments.insert(arguments.end(), more); };
  if (!options.config.empty()) add({"--config", options.config});
  if (!options.preset.empty()) add({"--preset", options.preset});
  if (options.workers) add({"--workers", std::to_string(*options.workers)});
  if (options.seed) add({"--seed", std::to_string(*options.seed)});
  if (options.dry_run) add({"--dry-run"});
  if (options.quiet) add({"--quiet"});
  if (options.verbose) add({"--verbose"});
  if (step.force) add({"--force"});
  arguments.insert(arguments.end(), step.extra.begin(), step.extra.end());
  return arguments;
}

// Questions about the stage itself, and single items, need nothing brought up to date.
bool is_about_stage_alone(const std::vector<std::string>& extra) {
  return std::any_of(extra.begin(), extra.end(), [](const std::string& argument) {
    return argument == "--help" || argument == "-h" || argument == "--version" ||
           argument == "--print-config" || argument.starts_with("--item");
  });
}

void say(const std::string& message) { std::cerr << "funcorr: " << message << std::endl; }

}  // namespace

std::vector<Step> plan_stage(const std::string& stage, const RunOptions& options,
                             const std::vector<std::string>& extra) {
  if (is_about_stage_alone(extra)) return {{stage, options.force, extra}};
  std::vector<Step> steps;
  for (const std::string& name : with_upstream(stage)) steps.push_back({name, false, {}});
  steps.back().force = options.force;
  steps.back().extra = extra;
  return steps;
}

std::vector<Step> plan_range(const std::string& range, const RunOptions& options) {
  std::vector<Step> steps;
  for (const std::string& name : stage_range(range)) steps.push_back({name, options.force, {}});
  return steps;
}

int run_steps(const std::vector<Step>& steps, const RunOptions& options) {
  if (!std::filesystem::is_directory(options.workspace)) {
    throw UsageError("workspace " + options.workspace.string() +
                     ": there is no such folder; make it with: funcorr init " + options.workspace.string());
  }
  for (const Step& step : steps) stage_program(step.stage);  // before hours of work, not after them
  int result = kExitDone;
  for (const Step& step : steps) {
    if (interrupt_pending()) return kExitInterrupted;
    const ProgramEnd end = run_program(stage_program(step.stage), stage_arguments(step, options));
    if (end.interrupted || end.exit_status == kExitInterrupted) return kExitInterrupted;
    if (end.signal != 0) {
      say("stage " + step.stage + " was killed by signal " + std::to_string(end.signal) + " (" +
          strsignal(end.signal) + "); the same command goes on where it stopped");
      return kExitEnvironment;
    }
    if (end.exit_status == kExitDone) continue;
    if (end.exit_status != kExitItemsFailed) {
      return end.exit_status == kExitUsage ? kExitUsage : kExitEnvironment;
    }
    result = kExitItemsFailed;
    const bool last = &step == &steps.back();
    if (!last && !options.keep_going) {
      say("items of " + step.stage + " failed (see: funcorr errors " + step.stage +
          "); stopped before the next stage, -k goes on with what is done");
      return result;
    }
  }
  return result;
}

}  // namespace funcorr
