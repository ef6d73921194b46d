#include "train/trainer/training_config.h"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "train/model/stored_members.h"

namespace funcorr {
namespace {

using nlohmann::json;

// The configuration's own among the members of "training", which has those of `batch` and `rules` beside
// them.
constexpr auto own_members() {
  return std::tuple{member("functional_loss", &TrainingConfig::functional_loss),
                    member("spatial_weight", &TrainingConfig::spatial_weight),
                    member("mask_weight", &TrainingConfig::mask_weight),
                    member("temperature", &TrainingConfig::temperature),
                    member("accumulation", &TrainingConfig::accumulation),
                    member("backgrounds", &TrainingConfig::backgrounds),
                    member("precision", &TrainingConfig::precision),
                    member("learning_rate", &TrainingConfig::learning_rate),
                    member("weight_decay", &TrainingConfig::weight_decay),
                    member("cooldown", &TrainingConfig::cooldown),
                    member("steps", &TrainingConfig::steps),
                    member("seed", &TrainingConfig::seed),
                    member("validation_every", &TrainingConfig::validation_every),
                    member("validation_batches", &TrainingConfig::validation_batches),
                    member("log_every", &TrainingConfig::log_every),
                    member("loss_limit", &TrainingConfig::loss_limit),
                    member("data_fingerprint", &TrainingConfig::data_fingerprint),
                    member("initial", &TrainingConfig::initial),
                    member("initial_identity", &TrainingConfig::initial_identity)};
}

}  // namespace

const OptionList<TrainingConfig>& TrainingConfig::options() {
  using Config = TrainingConfig;
  static const OptionList<Config> list{
      option("steps", &Config::steps).range(1, 1e9).help("batches to train on"),
      options_of(&Config::batch),
      option("accumulation", &Config::accumulation)
          .range(1, 100'000)
          .help("micro-batches that a batch is cut into; saves memory"),
      option("precision", &Config::precision)
          .help("what the head's matrix products run in; losses are float32, float16 (GPU only) scales them"),
      option("learning_rate", &Config::learning_rate).range(0, 10).help("learning rate of AdamW"),
      option("weight_decay", &Config::weight_decay).range(0, 10).help("weight decay of AdamW"),
      option("cooldown", &Config::cooldown)
          .range(0, 1)
          .help("share of the steps, at the end, over which the learning rate falls to 0; 0: it stays, as in "
                "the paper"),
      option("spatial_weight", &Config::spatial_weight).range(0, 1e6).help("weight of the spatial loss"),
      option("mask_weight", &Config::mask_weight).range(0, 1e6).help("weight of the mask loss"),
      option("temperature", &Config::temperature)
          .range(1e-3, 100)
          .help("temperature of both contrastive losses"),
      option("loss_limit", &Config::loss_limit)
          .range(0, 1e300)
          .help("a loss above it counts as exploded and stops the run"),
      option("backgrounds", &Config::backgrounds)
          .help("random backgrounds behind the objects (live features; stored ones have theirs)"),
      option("initial", &Config::initial)
          .help("checkpoint whose weights are begun with: final.safetensors of a run, or the release's "
                "epoch_0100.pt; empty: random weights"),
      option("validation_every", &Config::validation_every)
          .range(0, 1e9)
          .unit("steps")
          .help("how often the held-out split is looked at; 0: never"),
      option("validation_batches", &Config::validation_batches).range(1, 1e6).help("batches of a validation"),
      option("log_every", &Config::log_every)
          .range(1, 1e9)
          .unit("steps")
          .help("a point of the curves is the mean of so many steps"),
      options_of(&Config::model)};
  return list;
}

const OptionList<TrainingResources>& TrainingResources::options() {
  using Resources = TrainingResources;
  static const OptionList<Resources> list{
      option("checkpoint_every", &Resources::checkpoint_every)
          .range(1, 1e9)
          .unit("steps")
          .help("how much a killed run may have to do again")
          .leaves_results(),
      option("loader_threads", &Resources::loader_threads)
          .range(1, 256)
          .help("threads that draw and gather batches")
          .leaves_results(),
      option("processes", &Resources::processes)
          .range(1, 1024)
          .help("processes that train together on this machine, each with its share of every batch: one per "
                "GPU")
          .leaves_results(),
      options_of(&Resources::device)};
  return list;
}

int TrainingResources::torch_threads() const {
  if (processes == 1) return 0;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / processes);
}

double learning_rate_at(const TrainingConfig& config, std::int64_t step) {
  const double falling = config.cooldown * static_cast<double>(config.steps);
  if (!(falling > 0)) return config.learning_rate;
  return config.learning_rate * std::clamp(static_cast<double>(config.steps - step) / falling, 0.0, 1.0);
}

void to_json(json& out, const TrainingConfig& config) {
  json training = config.batch;
  training.update(json(config.rules));
  std::apply([&](const auto&... own) { ((training[std::string(own.name)] = config.*own.pointer), ...); },
             own_members());
  out = {{"model", config.model}, {"training", std::move(training)}};
}

void from_json(const json& in, TrainingConfig& config) {
  config = {};
  config.model = model_config_from_json(in.value("model", json::object()));
  const json training = in.value("training", json::object());
  constexpr const char* kWhat = "training config";
  read_stored(training, kWhat, config.batch);
  read_stored(training, kWhat, config.rules);
  read_stored(training, kWhat, config, own_members());
}

}  // namespace funcorr
