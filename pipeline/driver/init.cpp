#include "pipeline/driver/init.h"

#include <iostream>
#include <system_error>

#include "db/format/artifact.h"
#include "pipeline/driver/process.h"
#include "pipeline/driver/run.h"
#include "pipeline/exit_status.h"
#include "pipeline/graph.h"
#include "pipeline/options.h"
#include "pipeline/run_options.h"
#include "pipeline/stage.h"

namespace funcorr {
namespace {

constexpr const char* kHead =
    "# A funcorr workspace. Every option stands below with its value; take the '#' away to set it.\n"
    "# Command line beats this file, this file beats the preset, the preset beats the defaults.\n"
    "# What an option means: funcorr STAGE --help. What a stage would use, and from where: funcorr STAGE "
    "--print-config\n";

std::string line_of(const std::string& name, const nlohmann::json& value, const std::string& help,
                    const std::string& unit) {
  return name + " = " + value.dump() + "  # " + help + (unit.empty() ? "" : " [" + unit + "]") + "\n";
}

std::string shared_section(const std::string& preset) {
  std::string text = "\n# What all stages share; a stage's own section may set these too.\n[funcorr]\n";
  const OptionTable shared = shared_options();
  for (const Option& option : shared.options()) {
    const bool chosen = option.name == "preset" && !preset.empty();
    text +=
        (chosen ? "" : "# ") + line_of(option.name, chosen ? nlohmann::json(preset) : option.default_value,
                                       option.help, option.unit);
  }
  return text;
}

// What the stage's --print-config --json gave, without the options that all stages share.
std::string commented(const std::string& printed) {
  const OptionTable shared = shared_options();
  std::string text;
  for (const auto& option : nlohmann::json::parse(printed)) {
    const auto name = option.at("name").get<std::string>();
    if (shared.find(name) != nullptr) continue;
    text += "# " + line_of(name, option.at("value"), option.at("help").get<std::string>(),
                           option.at("unit").get<std::string>());
  }
  return text;
}

// The stage's section, by its own answer; nothing where it is not built.
std::string stage_section(const StageNode& stage, const std::filesystem::path& folder,
                          const std::string& preset) {
  const std::filesystem::path program = executable_folder() / ("funcorr-" + stage.name);
  if (!std::filesystem::exists(program)) return {};
  std::vector<std::string> arguments{"--workspace", folder.string(), "--print-config", "--json"};
  if (!preset.empty()) arguments.insert(arguments.end(), {"--preset", preset});
  std::string output;
  const ProgramEnd end = run_program(program, arguments, output, Errors::kDropped);
  if (end.exit_status == kWrongUsage && !preset.empty()) {
    throw UsageError("preset '" + preset + "': stage " + stage.name + " refuses it; the reason: funcorr " +
                     stage.name + " --preset " + preset + " --print-config");
  }
  if (end.exit_status != kAllDone) return {};
  const std::string when = stage.optional ? " (optional: runs once an option is set below)" : "";
  return "\n# " + stage.summary + when + "\n[" + stage.name + "]\n" + commented(output);
}

}  // namespace

void init_workspace(const std::filesystem::path& folder, const std::string& preset) {
  const Workspace workspace{folder};
  if (std::filesystem::exists(workspace.config())) {
    throw UsageError(workspace.config().string() + ": it exists already; edit it, or remove it first");
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw EnvironmentError("cannot make the folder " + folder.string() + ": " + error.message());

  std::string text = kHead + shared_section(preset);
  for (const StageNode& stage : stage_graph()) text += stage_section(stage, folder, preset);
  write_artifact(workspace.config(), text);
  std::cout << "wrote " << workspace.config().string() << "\n"
            << "next: name your folders of assets under [catalog], then: funcorr -w " << folder.string()
            << " run\n";
}

}  // namespace funcorr
