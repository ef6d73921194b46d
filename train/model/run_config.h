#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/format/members.h"
#include "db/format/named_enum.h"
#include "db/format/options.h"
#include "train/model/precision.h"

namespace funcorr {

// What a training run's model is made of, as its config.json tells it: objects of the members' names. This
// header is free of LibTorch, so that stages may use it.

// Frozen image backbone.
struct BackboneConfig {
  // "weight-free", "dinov2", "dinov3", "siglip2" (these need `weights`) or "script:<file.pt>" (a TorchScript
  // module, see train/backbone/script.h).
  std::string kind = "weight-free";
  std::filesystem::path weights;  // what load_state_dict reads
  int layers = 3;                 // how many of the last blocks; weight-free: always 3 scales
  int heads = 0;                  // attention heads; 0: as the weights or config.json beside them tell
  int stride_px = 0;              // between patches; 0: the patch's size
  Precision precision = Precision::kFloat32;  // of the matrix products

  // The file of the kind "script:<file.pt>"; empty for others.
  std::filesystem::path script_file() const;
  static constexpr auto members() {
    return std::tuple{
        member("kind", &BackboneConfig::kind),           member("weights", &BackboneConfig::weights),
        member("layers", &BackboneConfig::layers),       member("heads", &BackboneConfig::heads),
        member("stride_px", &BackboneConfig::stride_px), member("precision", &BackboneConfig::precision)};
  }
  static const OptionList<BackboneConfig>& options();
};

// One trainable vector per function, or features of CLIP's frozen text tower, which can also tell functions
// apart that training never saw.
enum class TextKind { kLearned, kClip };
constexpr auto names_of(TextKind) {
  return std::to_array<EnumName<TextKind>>({{TextKind::kLearned, "learned"}, {TextKind::kClip, "clip"}});
}

// Where the text feature of a function comes from.
struct TextConfig {
  TextKind kind = TextKind::kLearned;
  std::filesystem::path weights;     // clip: likewise
  std::filesystem::path vocabulary;  // clip: bpe_simple_vocab_16e6.txt(.gz), or a folder or file of
                                     // vocab.json with merges.txt beside it
  int heads = 0;                     // clip: attention heads; 0: width / 64
  int dimension = 64;                // learned: length of the vector; clip: set by the weights

  static constexpr auto members() {
    return std::tuple{member("kind", &TextConfig::kind), member("weights", &TextConfig::weights),
                      member("vocabulary", &TextConfig::vocabulary), member("heads", &TextConfig::heads),
                      member("dimension", &TextConfig::dimension)};
  }
  static const OptionList<TextConfig>& options();
};

// The trained head (paper, section 4.2 and figure 4).
struct HeadConfig {
  int token_dimension = 512, hidden_dimension = 1024, embedding_dimension = 256;
  bool mask = true;  // with the mask head
  // Beyond the paper: a linear path from tokens to embeddings beside the perceptron, whose last layer begins
  // at zero, so that training begins with the backbone's own descriptors.
  bool shortcut = false;

  static constexpr auto members() {
    return std::tuple{member("token_dimension", &HeadConfig::token_dimension),
                      member("hidden_dimension", &HeadConfig::hidden_dimension),
                      member("embedding_dimension", &HeadConfig::embedding_dimension),
                      member("mask", &HeadConfig::mask), later_member("shortcut", &HeadConfig::shortcut)};
  }
  static const OptionList<HeadConfig>& options();
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

  static constexpr auto members() {
    return std::tuple{member("backbone", &ModelConfig::backbone),
                      member("text", &ModelConfig::text),
                      member("head", &ModelConfig::head),
                      member("functions", &ModelConfig::functions),
                      member("backbone_identity", &ModelConfig::backbone_identity),
                      member("backbone_channels", &ModelConfig::backbone_channels),
                      member("backbone_layers", &ModelConfig::backbone_layers)};
  }
  static const OptionList<ModelConfig>& options();
};

// Of a stored one: missing members keep their defaults. Throws std::runtime_error that names a member of the
// wrong type or out of its range.
ModelConfig model_config_from_json(const nlohmann::json& json);
// The member "model" of a run's config.json; throws std::runtime_error that names the file.
ModelConfig read_model_config(const std::filesystem::path& config_file);

}  // namespace funcorr
