#include "pipeline/driver/sweep.h"

namespace funcorr {

std::vector<Step> plan_sweep(const SweepWish& wish, const DriverOptions& options) {
  std::vector<Step> steps = plan_stage("evaluate", options, {});
  std::erase_if(steps, [](const Step& step) { return step.stage == "locate"; });  // no sweep's row needs it
  for (Step& step : steps) {
    if (step.stage != "train" && step.stage != "evaluate") continue;
    step.force = options.force;
    step.extra = {"--sweep", wish.name};
    if (step.stage == "evaluate") continue;
    step.keep_going = true;
    const auto add = [&](const char* option, const std::vector<std::string>& values) {
      for (const std::string& value : values) step.extra.insert(step.extra.end(), {option, value});
    };
    add("--grid", wish.grid);
    add("--settings", wish.settings);
    add("--seeds", wish.seeds);
  }
  return steps;
}

}  // namespace funcorr
