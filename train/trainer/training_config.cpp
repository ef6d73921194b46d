#include "train/trainer/training_config.h"

#include <algorithm>
#include <stdexcept>

namespace funcorr {
namespace {

// Calls visit(name, field) for every field of "training".
template <typename Config, typename Visit>
void for_each_field(Config& config, const Visit& visit) {
  visit("functional_loss", config.functional_loss);
  visit("spatial_weight", config.spatial_weight);
  visit("mask_weight", config.mask_weight);
  visit("temperature", config.temperature);
  visit("functional_pairs", config.batch.functional_pairs);
  visit("spatial_pairs", config.batch.spatial_pairs);
  visit("points", config.batch.points);
  visit("least_part_pixels", config.rules.least_part_pixels);
  visit("least_shared_points", config.rules.least_shared_points);
  visit("least_items", config.rules.least_items);
  visit("accumulation", config.accumulation);
  visit("backgrounds", config.backgrounds);
  visit("precision", config.precision);
  visit("learning_rate", config.learning_rate);
  visit("weight_decay", config.weight_decay);
  visit("cooldown", config.cooldown);
  visit("steps", config.steps);
  visit("seed", config.seed);
  visit("validation_every", config.validation_every);
  visit("validation_batches", config.validation_batches);
  visit("log_every", config.log_every);
  visit("loss_limit", config.loss_limit);
  visit("data_fingerprint", config.data_fingerprint);
  visit("initial", config.initial);
  visit("initial_identity", config.initial_identity);
}

}  // namespace

double learning_rate_at(const TrainingConfig& config, std::int64_t step) {
  const double falling = config.cooldown * static_cast<double>(config.steps);
  if (!(falling > 0)) return config.learning_rate;
  return config.learning_rate * std::clamp(static_cast<double>(config.steps - step) / falling, 0.0, 1.0);
}

nlohmann::json to_json(const TrainingConfig& config) {
  nlohmann::json training;
  for_each_field(config, [&](const char* name, const auto& field) { training[name] = field; });
  return {{"model", to_json(config.model)}, {"training", training}};
}

TrainingConfig training_config_from_json(const nlohmann::json& json) {
  TrainingConfig config;
  const auto member = [&](const char* name) { return json.value(name, nlohmann::json::object()); };
  config.model = model_config_from_json(member("model"));
  const nlohmann::json training = member("training");
  for_each_field(config, [&](const char* name, auto& field) {
    const auto found = training.find(name);
    if (found == training.end()) return;
    try {
      found->get_to(field);
    } catch (const nlohmann::json::exception&) {
      throw std::runtime_error(std::string("training config: \"") + name + "\" is of the wrong type");
    }
  });
  return config;
}

}  // namespace funcorr
