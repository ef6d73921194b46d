#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace funcorr {

// What a training run's model is made of, as its config.json tells it. This header is free of LibTorch, so
// that stages may use it.

// Frozen image backbone.
struct BackboneConfig {
  // "weight-free", "dinov2" (needs `weights`) or "script:<file.pt>" (a TorchScript module, see
  // train/backbone/script.h).
  std::string kind = "weight-free";
  std::filesystem::path weights;      // dinov2: .pth, .pt, .bin or .safetensors
  int layers = 3;                     // how many of the last blocks; weight-free: always 3 scales
  int heads = 0;                      // dinov2: attention heads; 0: width / 64, as in all published models
  int stride_px = 0;                  // dinov2: between patches; 0: the patch's size
  std::string precision = "float32";  // or "bfloat16", "float16": what its matrix products run in
};

// Where the text feature of a function comes from.
struct TextConfig {
  // "learned": one trainable vector per function; "clip": features of a frozen text tower, which can also
  // tell functions apart that training never saw.
  std::string kind = "learned";
  std::filesystem::path weights;     // clip: .pt, .pth, .bin or .safetensors
  std::filesystem::path vocabulary;  // clip: bpe_simple_vocab_16e6.txt(.gz), or a folder or file of
                                     // vocab.json with merges.txt beside it
  int heads = 0;                     // clip: attention heads; 0: width / 64
  int dimension = 64;                // learned: length of the vector; clip: set by the weights
};

// The trained head (paper, section 4.2 and figure 4).
struct HeadConfig {
  int token_dimension = 512, hidden_dimension = 1024, embedding_dimension = 256;
  bool mask = true;  // with the mask head
};

struct ModelConfig {
  BackboneConfig backbone;
  TextConfig text;
  HeadConfig head;
  std::vector<std::string> functions;  // in the order of the text table's rows
  // Backbone::identity() when the run was trained: a model is refused on another backbone. Empty: not
  // checked.
  std::string backbone_identity;
  int backbone_channels = 0, backbone_layers = 0;  // shape of the features that the head takes
};

// Objects of the same field names. from_json: missing fields keep their defaults; throws std::runtime_error
// that names a field of the wrong type or out of range.
nlohmann::json to_json(const ModelConfig& config);
ModelConfig model_config_from_json(const nlohmann::json& json);
// The member "model" of a run's config.json; throws std::runtime_error that names the file.
ModelConfig read_model_config(const std::filesystem::path& config_file);

}  // namespace funcorr
