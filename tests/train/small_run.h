#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "train/backbone/backbone.h"
#include "train/model/functional_model.h"
#include "train/weights/state_dict.h"

namespace funcorr::tests {

// A head of few channels on the weight-free backbone.
inline ModelConfig small_config() {
  ModelConfig config;
  config.functions = {"pour with", "cut with"};
  config.text.dimension = 6;
  config.head = {16, 24, 8, true};
  const auto backbone = make_backbone(config.backbone);
  config.backbone_channels = backbone->channels();
  config.backbone_layers = backbone->layers();
  config.backbone_identity = backbone->identity();
  return config;
}

inline void write_config(const std::filesystem::path& folder, const ModelConfig& config) {
  std::ofstream(folder / "config.json") << nlohmann::json{{"model", config}};
}

inline void write_checkpoint(const std::filesystem::path& file, FunctionalModel& model) {
  std::map<std::string, TensorView> views;
  for (const auto& [name, tensor] : named_tensors(*model)) views.emplace(name, to_view(tensor));
  write_safetensors(file, views);
}

// A run folder with random weights.
inline void write_small_run(const std::filesystem::path& folder, const ModelConfig& config = small_config()) {
  torch::manual_seed(3);
  FunctionalModel model(config);
  write_config(folder, config);
  write_checkpoint(folder / "final.safetensors", model);
}

}  // namespace funcorr::tests
