#include "pipeline/driver/init.h"

#include <iostream>
#include <sstream>
#include <system_error>

#include "pipeline/artifact.h"
#include "pipeline/driver/graph.h"
#include "pipeline/driver/process.h"
#include "pipeline/options.h"
#include "pipeline/stage.h"

namespace funcorr {
namespace {

constexpr const char* kHead =
    "# A funcorr workspace. Every option of every stage stands below with its value; take the '#' away to "
    "set one.\n"
    "# Command line beats this file, this file beats the preset, the preset beats the defaults.\n"
    "# What a stage would use, and from where: funcorr <stage> --print-config\n";

std::string commented(const std::string& text) {
  std::istringstream lines(text);
  std::string line, result;
  while (std::getline(lines, line)) {
    const bool table = !line.empty() && line.front() == '[';
    result += line.empty() ? "\n" : (table ? line : "# " + line) + "\n";
  }
  return result;
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
  if (end.exit_status == 0) return output;
  if (!preset.empty() && end.exit_status == 2) {
    throw UsageError("preset '" + preset + "': " + program.filename().string() +
                     " does not accept it; see: funcorr " + stage + " --preset " + preset +
                     " --print-config");
  }
  return {};
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

  std::string text = kHead;
  if (!preset.empty()) text += "\npreset = \"" + preset + "\"\n";
  for (const StageNode& stage : stage_graph()) {
    text += "\n# " + stage.name + ": " + stage.summary + "\n";
    const std::string options = options_of(stage.name, folder, preset);
    if (options.find("[" + stage.name + "]") == std::string::npos) text += "[" + stage.name + "]\n";
    text += commented(options);
  }
  write_artifact(workspace.config(), text);
  std::cout << "wrote " << workspace.config().string() << "\n"
            << "next: name your folders of assets under [catalog], then: funcorr -w " << folder.string()
            << " run\n";
}

}  // namespace funcorr
