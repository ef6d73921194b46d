#pragma once

#include <map>
#include <string>
#include <vector>

#include "train/trainer/training_config.h"

namespace funcorr {

// A training run by name, as the option `runs` lists it: "name", "name=config" or either followed by
// ":key=value:key=value" (a comma parts the entries of a list). Configs are the rows of the paper's table and
// their ablations:
//   full          functional, spatial and mask loss
//   full-no-mask  without mask loss and mask head
//   functional    without spatial loss
//   spatial       without functional loss
//   full-paper    full, with the paper's equation (1) in place of the release's functional loss
// A name that is no config is one of `full`. Keys: functional_loss, spatial_weight, mask_weight, temperature,
// layers, learning_rate, weight_decay, steps, seed.
struct RunSpec {
  std::string name, config;
  std::map<std::string, std::string> overrides;
};

const std::vector<std::string>& run_config_names();

// Throws UsageError that names the entry and what is wrong.
std::vector<RunSpec> parse_runs(const std::vector<std::string>& entries);
// Changes `config` as the spec says. Throws UsageError for an unknown key or a value of the wrong type.
void apply(const RunSpec& spec, TrainingConfig& config);

}  // namespace funcorr
