// funcorr-doctor: what this machine has, what it lacks, and the command that mends it.
#include <algorithm>
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "pipeline/driver/doctor/finding.h"
#include "pipeline/exit_status.h"
#include "pipeline/graph.h"

namespace funcorr {
namespace {

const char* level_text(Finding::Level level) {
  switch (level) {
    case Finding::Level::kFine:
      return "ok";
    case Finding::Level::kNote:
      return "note";
    case Finding::Level::kWarning:
      return "warning";
    case Finding::Level::kMissing:
      return "missing";
  }
  return "";
}

void print_text(const std::vector<Finding>& findings) {
  std::string group;
  for (const Finding& finding : findings) {
    if (finding.group != group) std::cout << (group.empty() ? "" : "\n") << finding.group << "\n";
    group = finding.group;
    const std::string mark =
        finding.level == Finding::Level::kFine ? "" : std::string(level_text(finding.level)) + ": ";
    std::cout << "  " << finding.name << std::string(16 - std::min<std::size_t>(finding.name.size(), 15), ' ')
              << mark << finding.value << "\n";
    if (!finding.remedy.empty()) std::cout << std::string(18, ' ') << "-> " << finding.remedy << "\n";
  }
}

void print_json(const std::vector<Finding>& findings) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"group", finding.group},
                    {"name", finding.name},
                    {"value", finding.value},
                    {"level", level_text(finding.level)},
                    {"remedy", finding.remedy}});
  }
  std::cout << list.dump(2) << "\n";
}

std::vector<Finding> examine_programs(const std::filesystem::path& folder) {
  std::vector<Finding> findings;
  std::string present;
  std::vector<StageNode> programs = stage_graph();
  programs.push_back({"match", {}, ""});
  for (const StageNode& program : programs) {
    if (std::filesystem::exists(folder / ("funcorr-" + program.name))) {
      present += (present.empty() ? "" : " ") + program.name;
    } else if (!program.optional) {
      findings.push_back({"programs", program.name, "not beside this one in " + folder.string(),
                          Finding::Level::kMissing,
                          "build all of funcorr: cmake --build build; or install it anew"});
    }
  }
  findings.insert(findings.begin(), {"programs", "stages", present, Finding::Level::kFine, {}});
  return findings;
}

// 0: usable, perhaps slowly; 3: something is missing.
int run(const std::filesystem::path& workspace, bool json) {
  std::vector<Finding> findings = examine_libraries();
  for (const std::vector<Finding>& more :
       {examine_blas(), examine_machine(), examine_workspace(workspace), examine_weights(workspace),
        examine_programs(std::filesystem::read_symlink("/proc/self/exe").parent_path())}) {
    findings.insert(findings.end(), more.begin(), more.end());
  }
  json ? print_json(findings) : print_text(findings);
  const bool missing = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.level == Finding::Level::kMissing;
  });
  return missing ? 3 : 0;
}

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  CLI::App app("Checks this machine for funcorr.");
  std::filesystem::path workspace = ".";
  bool json = false;
  app.add_option("-w,--workspace", workspace, "Folder of the workspace")->capture_default_str();
  app.add_flag("--json", json, "Print JSON");
  CLI11_PARSE(app, argc, argv);
  return funcorr::run_main("funcorr-doctor", [&] { return funcorr::run(workspace, json); });
}
