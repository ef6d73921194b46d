// funcorr-bench: measures rooms of funcorr on this machine and prints what it found as JSON.
#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "db/format/error.h"
#include "pipeline/exit_status.h"
#include "pipeline/large_blocks.h"
#include "tools/bench/cases.h"

namespace {

struct Case {
  const char* name;
  const char* measures;
  nlohmann::json (*run)(const nlohmann::json& parameters);
};

constexpr std::array kCases{
    Case{"assignment", "exact minimum-cost assignment against SciPy's", funcorr::bench_assignment},
    Case{"backbone", "images per second of the backbones against PyTorch", funcorr::bench_backbone},
    Case{"discovery", "ranking all pixels of a pair against materialising every similarity",
         funcorr::bench_discovery},
    Case{"evaluation", "seconds that a row of the results table takes for a pair", funcorr::bench_evaluation},
    Case{"functional_loss", "the factorised loss against its direct form in PyTorch",
         funcorr::bench_functional_loss},
    Case{"head_step", "the head's training step against the published form in PyTorch",
         funcorr::bench_head_step},
    Case{"labeling", "the labelling engine and its ledger against a server of canned answers",
         funcorr::bench_labeling},
    Case{"labels", "part masks from noisy boxes against the truth, by the mode of fusion",
         funcorr::bench_labels},
    Case{"loading", "pairs per second that training's loader draws and gathers", funcorr::bench_loading},
    Case{"manifest", "claims, commits and statistics views in a big manifest", funcorr::bench_manifest},
    Case{"render", "the path tracer beside Cycles: time to equal error, whole assets", funcorr::bench_render},
    Case{"stored_features", "training on stored features beside the same with the backbone in every step",
         funcorr::bench_stored_features},
    Case{"training_step", "a whole training step, live and from stored features, against PyTorch",
         funcorr::bench_training_step},
    Case{"visibility", "surface points a second whose visibility is decided", funcorr::bench_visibility},
};

const Case& find_case(const std::string& name) {
  const auto found =
      std::find_if(kCases.begin(), kCases.end(), [&](const Case& c) { return c.name == name; });
  if (found == kCases.end()) throw funcorr::UsageError("unknown case \"" + name + "\"; --list shows all");
  return *found;
}

// "size=1000", "sizes=[1,2]", "python=/usr/bin/python3": a value that is no JSON is a string.
void add_parameter(nlohmann::json& parameters, const std::string& argument) {
  const auto equals = argument.find('=');
  const std::string value = argument.substr(equals + 1);
  nlohmann::json parsed = nlohmann::json::parse(value, nullptr, false);
  if (parsed.is_discarded()) parsed = value;
  parameters[argument.substr(0, equals)] = std::move(parsed);
}

void run(const std::vector<std::string>& arguments) {
  nlohmann::json parameters = nlohmann::json::object(), results = nlohmann::json::object();
  std::vector<const Case*> wanted;
  for (const std::string& argument : arguments) {
    if (argument.find('=') != std::string::npos)
      add_parameter(parameters, argument);
    else
      wanted.push_back(&find_case(argument));
  }
  if (wanted.empty()) throw funcorr::UsageError("which case? --list shows all");
  for (const Case* one : wanted) {
    std::fprintf(stderr, "measuring %s …\n", one->name);
    results[one->name] = one->run(parameters);
  }
  std::cout << results.dump(2) << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  funcorr::keep_large_blocks();  // as the stages do whose work is measured
  CLI::App app("Measures rooms of funcorr and prints what it found as JSON.");
  std::vector<std::string> arguments;
  bool list = false;
  app.add_option("case", arguments, "cases to run, and parameters for them as key=value");
  app.add_flag("--list", list, "print the cases and what they measure");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? funcorr::kAllDone : funcorr::kWrongUsage;
  }
  return funcorr::run_main("funcorr-bench", [&] {
    if (list)
      for (const Case& one : kCases) std::printf("%-16s %s\n", one.name, one.measures);
    else
      run(arguments);
    return funcorr::kAllDone;
  });
}
