#include "train/backbone/backbone.h"

#include <stdexcept>

#include "train/backbone/dinov2.h"
#include "train/backbone/script.h"
#include "train/backbone/weight_free.h"
#include "train/model/scalar_type.h"

namespace funcorr {

namespace {

std::unique_ptr<Backbone> make_dinov2(const BackboneConfig& config) {
  if (config.weights.empty())
    throw std::runtime_error(
        "backbone dinov2: a weights file is needed (.pth, .bin, .safetensors or a folder of them)");
  const StateDict tensors = load_state_dict(config.weights);
  try {
    return std::make_unique<Dinov2Backbone>(
        dinov2_weights(tensors), Dinov2Backbone::Options{config.layers, config.heads, config.stride_px,
                                                         scalar_type_of(config.precision)});
  } catch (const std::exception& error) {
    throw std::runtime_error(config.weights.string() + ": " + error.what());
  }
}

}  // namespace

std::unique_ptr<Backbone> make_backbone(const BackboneConfig& config) {
  if (config.kind == "weight-free") return std::make_unique<WeightFreeBackbone>();
  if (config.kind == "dinov2") return make_dinov2(config);
  if (const auto script = config.script_file(); !script.empty())
    return std::make_unique<ScriptBackbone>(script, config.layers);
  throw std::runtime_error("backbone \"" + config.kind +
                           "\" is unknown; weight-free, dinov2 or script:<file.pt> is expected");
}

std::string backbone_identity(const BackboneConfig& config) { return make_backbone(config)->identity(); }

}  // namespace funcorr
