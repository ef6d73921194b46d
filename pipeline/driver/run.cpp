#include "pipeline/driver/run.h"

#include <algorithm>
#include <cstring>
#include <iostream>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "pipeline/config.h"
#include "pipeline/driver/process.h"
#include "pipeline/exit_status.h"
#include "pipeline/graph.h"
#include "pipeline/options.h"
#include "pipeline/run_report.h"
#include "pipeline/stage.h"

namespace funcorr {
namespace {

std::filesystem::path stage_program(const std::string& stage) {
  std::filesystem::path program = executable_folder() / ("funcorr-" + stage);
  if (!std::filesystem::exists(program)) {
    throw EnvironmentError("stage " + stage + ": there is no " + program.string() +
                           "; build it (ninja funcorr-" + stage + ") or install funcorr anew");
  }
  return program;
}

std::vector<std::string> stage_arguments(const Step& step, const DriverOptions& options) {
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

std::vector<Setting> configuration(const DriverOptions& options) {
  const std::filesystem::path standard = Workspace{options.workspace}.config();
  if (!options.config.empty()) return read_config(options.config, "");
  return std::filesystem::exists(standard) ? read_config(standard, "") : std::vector<Setting>();
}

std::string preset_of(const DriverOptions& options, const std::vector<Setting>& settings) {
  std::string preset = options.preset;
  for (const Setting& setting : settings) {
    if (options.preset.empty() && setting.section == "funcorr" && setting.key == "preset" &&
        setting.value.is_string())
      preset = setting.value.get<std::string>();
  }
  return preset;
}

// "--key value" or "--key=value".
bool has_argument(const Step& step, const std::string& argument) {
  return std::ranges::any_of(step.extra, [&](const std::string& word) {
    return word == argument || word.starts_with(argument + "=");
  });
}

// Before hours of work, not after them. What a step's own arguments set, its stage looks for itself.
void require_files(const std::vector<Step>& steps, const DriverOptions& options) {
  const std::vector<Setting> settings = configuration(options);
  std::vector<std::string> stages;
  for (const Step& step : steps)
    if (!has_argument(step, "--preset")) stages.push_back(step.stage);
  const auto is_argument = [&](const Setting& setting) {
    std::string argument = "--" + setting.key;
    std::ranges::replace(argument, '_', '-');
    return std::ranges::any_of(steps, [&](const Step& step) {
      return step.stage == setting.section && has_argument(step, argument);
    });
  };
  require_needed_files(
      preset_of(options, settings), options.workspace, stages, [&](const Setting& of_preset) {
        return is_argument(of_preset) || std::ranges::any_of(settings, [&](const Setting& setting) {
                 return setting.section == of_preset.section && setting.key == of_preset.key;
               });
      });
}

// Whether the stage takes the step's own arguments; if not, it has said why. Before the hours of work of the
// stages before it.
bool takes_arguments(const Step& step, DriverOptions options) {
  options.dry_run = true;
  const auto tried = [&](Errors errors) {
    std::string listing;
    return run_program(stage_program(step.stage), stage_arguments(step, options), listing, errors)
        .exit_status;
  };
  return tried(Errors::kDropped) != kWrongUsage || tried(Errors::kShown) != kWrongUsage;
}

// Of the configuration and the preset: stages of which something is set, each with the names of its runs.
std::map<std::string, std::set<std::string>> configured_stages(const DriverOptions& options) {
  std::vector<Setting> settings = configuration(options);
  const std::vector<Setting> of_preset = read_preset(preset_of(options, settings), options.workspace, "");
  settings.insert(settings.end(), of_preset.begin(), of_preset.end());
  std::map<std::string, std::set<std::string>> runs;
  for (const Setting& setting : settings) {
    const SectionName section = section_name(setting.section);
    std::set<std::string>& of_stage = runs[section.stage];
    if (!section.run.empty()) of_stage.insert(section.run);
  }
  return runs;
}

// Without the optional stages that are neither set up nor asked for by name.
std::vector<std::string> wanted_stages(std::vector<std::string> stages, const std::string& asked,
                                       const DriverOptions& options) {
  const auto configured = configured_stages(options);
  std::erase_if(stages, [&](const std::string& name) {
    return stage_node(name).optional && name != asked && !configured.contains(name);
  });
  return stages;
}

// A stage whose runs have names comes once for each, unless its arguments name one.
std::vector<Step> with_named_runs(const std::vector<Step>& steps, const DriverOptions& options) {
  const auto configured = configured_stages(options);
  std::vector<Step> all;
  for (const Step& step : steps) {
    const auto runs = configured.find(step.stage);
    if (runs == configured.end() || runs->second.empty() || has_argument(step, "--name")) {
      all.push_back(step);
      continue;
    }
    for (const std::string& run : runs->second) {
      all.push_back(step);
      all.back().extra.insert(all.back().extra.begin(), {"--name", run});
    }
  }
  return all;
}

void say(const std::string& message) { std::cerr << "funcorr: " << message << std::endl; }

// Of the stages that have something to do, directly or after others, those that `stage` reads.
std::vector<std::string> stale_upstream(const std::string& stage, const std::set<std::string>& stale) {
  std::vector<std::string> names;
  for (const std::string& name : with_upstream(stage)) {
    if (name != stage && stale.contains(name)) names.push_back(name);
  }
  return names;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

int dry_run(const std::vector<Step>& steps, const DriverOptions& options) {
  std::set<std::string> stale;
  nlohmann::json all = nlohmann::json::array();
  for (const Step& step : steps) {
    std::vector<std::string> arguments = stage_arguments(step, options);
    arguments.emplace_back("--json");
    std::string output;
    const ProgramEnd end = run_program(stage_program(step.stage), arguments, output, Errors::kShown);
    if (end.interrupted) return kInterrupted;
    if (end.exit_status != kAllDone) return end.exit_status;
    nlohmann::json listing = nlohmann::json::parse(output, nullptr, false);
    if (!listing.contains("reasons")) {
      throw EnvironmentError("stage " + step.stage + " answered --dry-run --json with: " + output);
    }
    const std::vector<std::string> after = stale_upstream(step.stage, stale);
    if (listing.at("to_do") != 0) stale.insert(step.stage);
    if (!options.json) {
      std::cout << listing_text(listing);
      if (!after.empty()) std::cout << "  and what changes with: " << joined(after) << "\n";
      std::cout << std::flush;
    }
    listing["changes_with"] = after;
    all.push_back(std::move(listing));
  }
  if (options.json) std::cout << all.dump(2) << "\n";
  return kAllDone;
}

}  // namespace

std::vector<Step> plan_stage(const std::string& stage, const DriverOptions& options,
                             const std::vector<std::string>& extra) {
  if (is_about_stage_alone(extra)) return {{stage, options.force, extra, false}};
  std::vector<Step> steps;
  for (const std::string& name : wanted_stages(with_upstream(stage), stage, options))
    steps.push_back({name, false, {}, false});
  steps.back().force = options.force;
  steps.back().extra = extra;
  return with_named_runs(steps, options);
}

std::vector<Step> plan_range(const std::string& range, const DriverOptions& options) {
  std::vector<Step> steps;
  for (const std::string& name : wanted_stages(stage_range(range), range, options))
    steps.push_back({name, options.force, {}, false});
  return with_named_runs(steps, options);
}

nlohmann::json stage_option(const std::string& stage, const std::string& option,
                            const DriverOptions& options) {
  DriverOptions asked = options;
  asked.dry_run = false;
  std::string output;
  run_program(stage_program(stage),
              stage_arguments({stage, false, {"--print-config", "--json"}, false}, asked), output,
              Errors::kShown);
  for (const nlohmann::json& one : nlohmann::json::parse(output, nullptr, false))
    if (one.is_object() && one.value("name", "") == option) return one.at("value");
  throw EnvironmentError("stage " + stage + " answered --print-config --json without " + option + ": " +
                         output);
}

int run_steps(const std::vector<Step>& steps, const DriverOptions& options) {
  if (!std::filesystem::is_directory(options.workspace)) {
    throw EnvironmentError("workspace " + options.workspace.string() +
                           ": there is no such folder; make it with: funcorr init " +
                           options.workspace.string());
  }
  for (const Step& step : steps) stage_program(step.stage);  // before hours of work, not after them
  const bool questions = steps.size() == 1 && is_about_stage_alone(steps.front().extra);
  if (options.dry_run && !questions) return dry_run(steps, options);
  require_files(steps, options);
  for (const Step& step : steps)
    if (&step != &steps.front() && !step.extra.empty() && !takes_arguments(step, options)) return kWrongUsage;
  int result = kAllDone;
  for (const Step& step : steps) {
    if (interrupt_pending()) return kInterrupted;
    const ProgramEnd end = run_program(stage_program(step.stage), stage_arguments(step, options));
    if (end.interrupted || end.exit_status == kInterrupted) return kInterrupted;
    if (end.signal != 0) {
      say("stage " + step.stage + " was killed by signal " + std::to_string(end.signal) + " (" +
          strsignal(end.signal) + "); the same command goes on where it stopped");
      return kWrongEnvironment;
    }
    if (end.exit_status == kAllDone) continue;
    if (end.exit_status != kItemsFailed) {
      return end.exit_status == kWrongUsage ? kWrongUsage : kWrongEnvironment;
    }
    result = kItemsFailed;
    const bool last = &step == &steps.back();
    if (!last && !options.keep_going && !step.keep_going) {
      say("items of " + step.stage + " failed (see: funcorr errors " + step.stage +
          "); stopped before the next stage, -k goes on with what is done");
      return result;
    }
  }
  return result;
}

}  // namespace funcorr
