#include "train/model/run_config.h"

#include <fstream>
#include <stdexcept>

namespace funcorr {
namespace {

template <typename T>
void read(const nlohmann::json& object, const char* name, T& value) {
  if (!object.contains(name)) return;
  try {
    value = object.at(name).get<T>();
  } catch (const nlohmann::json::exception&) {
    throw std::runtime_error(std::string("model config: \"") + name + "\" holds " +
                             object.at(name).dump().substr(0, 80) + ", which is of the wrong type");
  }
}

void read_path(const nlohmann::json& object, const char* name, std::filesystem::path& value) {
  std::string text = value.string();
  read(object, name, text);
  value = text;
}

void read_number(const nlohmann::json& object, const char* name, int least, int most, int& value) {
  read(object, name, value);
  if (value < least || value > most)
    throw std::runtime_error(std::string("model config: \"") + name + "\" is " + std::to_string(value) +
                             "; " + std::to_string(least) + " … " + std::to_string(most) + " is allowed");
}

void read_choice(const nlohmann::json& object, const char* name, const std::vector<std::string>& choices,
                 std::string& value) {
  read(object, name, value);
  std::string all;
  for (const std::string& choice : choices) {
    if (choice == value) return;
    all += (all.empty() ? "" : ", ") + choice;
  }
  throw std::runtime_error(std::string("model config: \"") + name + "\" is \"" + value + "\"; one of " + all +
                           " is expected");
}

nlohmann::json member(const nlohmann::json& object, const char* name) {
  nlohmann::json value = nlohmann::json::object();
  read(object, name, value);
  if (!value.is_object())
    throw std::runtime_error(std::string("model config: \"") + name + "\" must be an object");
  return value;
}

constexpr int kMostChannels = 1 << 16;

}  // namespace

nlohmann::json to_json(const ModelConfig& config) {
  const BackboneConfig& backbone = config.backbone;
  const TextConfig& text = config.text;
  const HeadConfig& head = config.head;
  return {{"backbone",
           {{"kind", backbone.kind},
            {"weights", backbone.weights.string()},
            {"layers", backbone.layers},
            {"heads", backbone.heads},
            {"stride_px", backbone.stride_px},
            {"precision", backbone.precision}}},
          {"text",
           {{"kind", text.kind},
            {"weights", text.weights.string()},
            {"vocabulary", text.vocabulary.string()},
            {"heads", text.heads},
            {"dimension", text.dimension}}},
          {"head",
           {{"token_dimension", head.token_dimension},
            {"hidden_dimension", head.hidden_dimension},
            {"embedding_dimension", head.embedding_dimension},
            {"mask", head.mask}}},
          {"functions", config.functions},
          {"backbone_identity", config.backbone_identity},
          {"backbone_channels", config.backbone_channels},
          {"backbone_layers", config.backbone_layers}};
}

ModelConfig model_config_from_json(const nlohmann::json& json) {
  if (!json.is_object()) throw std::runtime_error("model config: a JSON object is expected");
  ModelConfig config;
  const nlohmann::json backbone = member(json, "backbone");
  read(backbone, "kind", config.backbone.kind);
  read_path(backbone, "weights", config.backbone.weights);
  read_number(backbone, "layers", 1, 64, config.backbone.layers);
  read_number(backbone, "heads", 0, 256, config.backbone.heads);
  read_number(backbone, "stride_px", 0, 64, config.backbone.stride_px);
  read_choice(backbone, "precision", {"float32", "bfloat16", "float16"}, config.backbone.precision);
  const nlohmann::json text = member(json, "text");
  read_choice(text, "kind", {"learned", "clip"}, config.text.kind);
  read_path(text, "weights", config.text.weights);
  read_path(text, "vocabulary", config.text.vocabulary);
  read_number(text, "heads", 0, 256, config.text.heads);
  read_number(text, "dimension", 1, kMostChannels, config.text.dimension);
  const nlohmann::json head = member(json, "head");
  read_number(head, "token_dimension", 1, kMostChannels, config.head.token_dimension);
  read_number(head, "hidden_dimension", 1, kMostChannels, config.head.hidden_dimension);
  read_number(head, "embedding_dimension", 1, kMostChannels, config.head.embedding_dimension);
  read(head, "mask", config.head.mask);
  read(json, "functions", config.functions);
  read(json, "backbone_identity", config.backbone_identity);
  read_number(json, "backbone_channels", 0, kMostChannels, config.backbone_channels);
  read_number(json, "backbone_layers", 0, 64, config.backbone_layers);
  return config;
}

ModelConfig read_model_config(const std::filesystem::path& config_file) {
  std::ifstream stream(config_file);
  if (!stream) throw std::runtime_error(config_file.string() + ": cannot be opened");
  const nlohmann::json json = nlohmann::json::parse(stream, nullptr, false);
  if (!json.is_object() || !json.contains("model"))
    throw std::runtime_error(config_file.string() + ": no JSON object with the member \"model\"");
  try {
    return model_config_from_json(json.at("model"));
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(config_file.string() + ": " + error.what());
  }
}

}  // namespace funcorr
