#include "train/model/run_config.h"

#include <stdexcept>

#include "db/dataset/crop.h"
#include "db/format/json.h"
#include "train/model/stored_members.h"

namespace funcorr {
namespace {

constexpr int kMostChannels = 1 << 16;

// What no option sets.
void check_shapes(const ModelConfig& config) {
  const auto check = [](const char* name, int value, int least, int most) {
    if (value < least || value > most)
      throw std::runtime_error(std::string("model config: \"") + name + "\" is " + std::to_string(value) +
                               "; " + std::to_string(least) + " … " + std::to_string(most) + " is allowed");
  };
  check("heads", config.text.heads, 0, 256);
  check("backbone_channels", config.backbone_channels, 0, kMostChannels);
  check("backbone_layers", config.backbone_layers, 0, 64);
}

}  // namespace

std::filesystem::path BackboneConfig::script_file() const {
  constexpr std::string_view kScript = "script:";
  return kind.starts_with(kScript) ? kind.substr(kScript.size()) : std::string();
}

const OptionList<BackboneConfig>& BackboneConfig::options() {
  static const OptionList<BackboneConfig> list{
      option("backbone", &BackboneConfig::kind)
          .help("frozen image backbone: weight-free; dinov2, dinov3, siglip2 (these need weights); or "
                "script:<file.pt>"),
      option("weights", &BackboneConfig::weights)
          .help("the backbone's weights: .pth, .pt, .bin, .safetensors, *.index.json, or a folder of them"),
      option("layers", &BackboneConfig::layers)
          .range(1, 48)
          .help("how many of the backbone's last blocks are used"),
      option("heads", &BackboneConfig::heads)
          .range(0, 64)
          .help("attention heads of the backbone; 0: as its files tell (dinov2: width / 64)"),
      option("stride", &BackboneConfig::stride_px)
          .range(0, kCropSize)
          .unit("px")
          .help("distance between the backbone's patches; 0: the patch's size"),
      option("backbone_precision", &BackboneConfig::precision)
          .help("what the backbone's matrix products run in")};
  return list;
}

const OptionList<TextConfig>& TextConfig::options() {
  static const OptionList<TextConfig> list{
      option("text", &TextConfig::kind)
          .help("text feature of a function: a learned vector, or CLIP's (needs text_weights, vocabulary)"),
      option("text_weights", &TextConfig::weights)
          .help("CLIP's text tower: .pt, .pth, .bin, .safetensors, *.index.json, or a folder of them"),
      option("vocabulary", &TextConfig::vocabulary)
          .help("CLIP's vocabulary: bpe_simple_vocab_16e6.txt.gz, or a folder of vocab.json and merges.txt"),
      option("text_dimension", &TextConfig::dimension)
          .range(1, kMostChannels)
          .help("length of a learned text vector")};
  return list;
}

const OptionList<HeadConfig>& HeadConfig::options() {
  static const OptionList<HeadConfig> list{option("token_dimension", &HeadConfig::token_dimension)
                                               .range(1, kMostChannels)
                                               .help("channels of the projected backbone features"),
                                           option("hidden_dimension", &HeadConfig::hidden_dimension)
                                               .range(1, kMostChannels)
                                               .help("channels of the head's hidden layers"),
                                           option("embedding_dimension", &HeadConfig::embedding_dimension)
                                               .range(1, kMostChannels)
                                               .help("channels of the embedding"),
                                           option("shortcut", &HeadConfig::shortcut)
                                               .help("a linear path from tokens to embeddings beside the "
                                                     "head's layers, which begin at zero: training begins "
                                                     "with the backbone's own descriptors")
                                               .changes_results_if_set()};
  return list;
}

const OptionList<ModelConfig>& ModelConfig::options() {
  static const OptionList<ModelConfig> list{options_of(&ModelConfig::head), options_of(&ModelConfig::text),
                                            options_of(&ModelConfig::backbone)};
  return list;
}

ModelConfig model_config_from_json(const nlohmann::json& json) {
  ModelConfig config;
  read_stored(json, "model config", config);
  check_shapes(config);
  try {
    ModelConfig::options().check(config);
  } catch (const UsageError& error) {  // of what is stored, not of how a program was called
    throw std::runtime_error(std::string("model config: ") + error.what());
  }
  return config;
}

ModelConfig read_model_config(const std::filesystem::path& config_file) {
  const nlohmann::json json = read_json(config_file);
  if (!json.is_object() || !json.contains("model"))
    throw std::runtime_error(config_file.string() + ": no JSON object with the member \"model\"");
  try {
    return model_config_from_json(json.at("model"));
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(config_file.string() + ": " + error.what());
  }
}

}  // namespace funcorr
