#include "pipeline/driver/sweep.h"

namespace funcorr {

std::vector<Step> sweep_steps(const SweepWish& wish) {
  Step train{"train", false, {"--sweep", wish.name}, true};
  const auto add = [&](const char* option, const std::vector<std::string>& values) {
    for (const std::string& value : values) train.extra.insert(train.extra.end(), {option, value});
  };
  add("--grid", wish.grid);
  add("--settings", wish.settings);
  add("--seeds", wish.seeds);
  return {train, {"evaluate", false, {"--sweep", wish.name}, false}};
}

std::vector<Step> plan_sweep(const SweepWish& wish, const DriverOptions& options) {
  std::vector<Step> steps = plan_stage("evaluate", options, {});
  std::erase_if(steps, [](const Step& step) { return step.stage == "locate"; });  // no sweep's row needs it
  for (Step& step : steps)
    for (const Step& of_sweep : sweep_steps(wish))
      if (step.stage == of_sweep.stage) {
        step = of_sweep;
        step.force = options.force;
      }
  return steps;
}

}  // namespace funcorr
