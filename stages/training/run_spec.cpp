#include "stages/training/run_spec.h"

#include <algorithm>
#include <functional>
#include <set>

#include "pipeline/options.h"

namespace funcorr {
namespace {

UsageError wrong(const std::string& entry, const std::string& why) {
  return UsageError("train: runs holds \"" + entry + "\": " + why);
}

double number(const std::string& key, const std::string& text) {
  std::size_t used = 0;
  double value = 0;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used == 0 || used != text.size() || value < 0)
    throw UsageError("train: runs: " + key + "=" + text + " is no number of 0 or more");
  return value;
}

using Change = std::function<void(TrainingConfig&, const std::string& value)>;

Change set_number(const std::string& key, double TrainingConfig::*member) {
  return [=](TrainingConfig& config, const std::string& value) { config.*member = number(key, value); };
}

const std::map<std::string, Change>& changes() {
  static const std::map<std::string, Change> all{
      {"functional_loss",
       [](TrainingConfig& config, const std::string& value) {
         if (value != "reference" && value != "paper" && value != "none")
           throw UsageError("train: runs: functional_loss=" + value + "; one of reference, paper, none");
         config.functional_loss = value;
       }},
      {"spatial_weight", set_number("spatial_weight", &TrainingConfig::spatial_weight)},
      {"mask_weight",
       [](TrainingConfig& config, const std::string& value) {
         config.mask_weight = number("mask_weight", value);
         config.model.head.mask = config.mask_weight > 0;
       }},
      {"temperature", set_number("temperature", &TrainingConfig::temperature)},
      {"learning_rate", set_number("learning_rate", &TrainingConfig::learning_rate)},
      {"weight_decay", set_number("weight_decay", &TrainingConfig::weight_decay)},
      {"cooldown", set_number("cooldown", &TrainingConfig::cooldown)},
      {"layers",
       [](TrainingConfig& config, const std::string& value) {
         config.model.backbone.layers = static_cast<int>(number("layers", value));
       }},
      {"steps",
       [](TrainingConfig& config, const std::string& value) {
         config.steps = static_cast<std::int64_t>(number("steps", value));
       }},
      {"seed",
       [](TrainingConfig& config, const std::string& value) {
         config.seed = static_cast<std::uint64_t>(number("seed", value));
       }},
  };
  return all;
}

RunSpec parse_run(const std::string& entry) {
  RunSpec spec;
  const std::size_t colon = entry.find(':');
  const std::string head = entry.substr(0, colon);
  const std::size_t equals = head.find('=');
  spec.name = head.substr(0, equals);
  const auto& configs = run_config_names();
  const auto is_config = [&](const std::string& name) {
    return std::find(configs.begin(), configs.end(), name) != configs.end();
  };
  spec.config = equals != std::string::npos ? head.substr(equals + 1)
                : is_config(spec.name)      ? spec.name
                                            : "full";
  if (spec.name.empty() || spec.name.find_first_of("/@ ") != std::string::npos || spec.name.front() == '.')
    throw wrong(entry, "a name without '/', '@', spaces and a leading '.' is expected");
  if (!is_config(spec.config)) {
    std::string all;
    for (const std::string& name : configs) all += " " + name;
    throw wrong(entry, "\"" + spec.config + "\" is no config; there are" + all);
  }
  for (std::size_t at = colon; at != std::string::npos && at < entry.size();) {
    const std::size_t end = std::min(entry.find(':', at + 1), entry.size());
    const std::string assignment = entry.substr(at + 1, end - at - 1);
    const std::size_t sign = assignment.find('=');
    if (sign == std::string::npos || !changes().contains(assignment.substr(0, sign)))
      throw wrong(entry, "\"" + assignment + "\" is no key=value of a known key");
    spec.overrides[assignment.substr(0, sign)] = assignment.substr(sign + 1);
    at = end == entry.size() ? std::string::npos : end;
  }
  return spec;
}

}  // namespace

const std::vector<std::string>& run_config_names() {
  static const std::vector<std::string> names{"full", "full-no-mask", "functional", "spatial", "full-paper"};
  return names;
}

std::vector<RunSpec> parse_runs(const std::vector<std::string>& entries) {
  std::vector<RunSpec> specs;
  std::set<std::string> names;
  for (const std::string& entry : entries) {
    specs.push_back(parse_run(entry));
    if (!names.insert(specs.back().name).second) throw wrong(entry, "this name stands twice");
    TrainingConfig tried;
    apply(specs.back(), tried);
  }
  return specs;
}

void apply(const RunSpec& spec, TrainingConfig& config) {
  if (spec.config == "full-no-mask") {
    config.mask_weight = 0;
    config.model.head.mask = false;
  }
  if (spec.config == "functional") config.spatial_weight = 0;
  if (spec.config == "spatial") config.functional_loss = "none";
  if (spec.config == "full-paper") config.functional_loss = "paper";
  for (const auto& [key, value] : spec.overrides) changes().at(key)(config, value);
}

}  // namespace funcorr
