#include "pipeline/driver/init.h"

#include <iostream>
#include <sstream>
#include <system_error>

#include "pipeline/artifact.h"
#include "pipeline/driver/graph.h"
#include "pipeline/driver/process.h"
#include "pipeline/driver/run.h"
#include "pipeline/options.h"
#include "pipeline/shared_options.h"
#include "pipeline/stage.h"

namespace funcorr {
namespace {

constexpr const char* kHead =
    "# A funcorr workspace. Every option stands below with its value; take the '#' away to set it.\n"
    "# Command line beats this file, this file beats the preset, the preset beats the defaults.\n"
    "# What an option means: funcorr STAGE --help. What a stage would use, and from where: funcorr STAGE "
    "--print-config\n";

std::string shared_section(const std::string& preset) {
  std::string text = "\n# What all stages share; a stage's own section may set these too.\n[funcorr]\n";
  const OptionTable shared = shared_options();
  for (const Option& option : shared.options()) {
    const bool chosen = option.name == "preset" && !preset.empty();
    const nlohmann::json value = chosen ? nlohmann::json(preset) : option.default_value;
    text += (chosen ? "" : "# ") + option.name + " = " + value.dump() + "  # " + option.help;
    text += option.unit.empty() ? "\n" : " [" + option.unit + "]\n";
  }
  return text;
}

// The stage's own options as `--print-config` gave them, without those that all stages share.
std::string commented(const std::string& printed) {
  const OptionTable shared = shared_options();
  std::istringstream lines(printed);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find(" = ");
    if (equals == std::string::npos || line.front() == '#') continue;
    if (shared.find(line.substr(0, equals)) != nullptr) continue;
    text += "# " + line + "\n";
  }
  return text;
}

// The stage's own answer; nothing where it is not built.
std::string options_of(const std::string& stage, const std::filesystem::path& folder,
                       const std::string& preset) {
  const std::filesystem::path program = executable_folder() / ("funcorr-" + stage);
  if (!std::filesystem::exists(program)) return {};
  std::vector<std::string> arguments{"--workspace", folder.string(), "--print-config"};
  if (!preset.empty()) arguments.insert(arguments.end(), {"--preset", preset});
  std::string output;
  const ProgramEnd end = run_program(program, arguments, output);
  if (end.exit_status == kExitUsage && !preset.empty()) {
    throw UsageError("preset '" + preset + "': stage " + stage + " refuses it; the reason: funcorr " + stage +
                     " --preset " + preset + " --print-config");
  }
  return end.exit_status == 0 ? output : std::string();
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
  for (const StageNode& stage : stage_graph()) {
    text += "\n# " + stage.summary + "\n[" + stage.name + "]\n";
    text += commented(options_of(stage.name, folder, preset));
  }
  write_artifact(workspace.config(), text);
  std::cout << "wrote " << workspace.config().string() << "\n"
            << "next: name your folders of assets under [catalog], then: funcorr -w " << folder.string()
            << " run\n";
}

}  // namespace funcorr
