#include "train/backbone/backbone.h"

#include <stdexcept>
#include <string_view>

#include "train/backbone/dinov2.h"
#include "train/backbone/dinov3.h"
#include "train/backbone/script.h"
#include "train/backbone/siglip.h"
#include "train/backbone/weight_free.h"
#include "train/model/scalar_type.h"

namespace funcorr {

namespace {

using Options = VisionTransformer::Options;

std::unique_ptr<Backbone> make_dinov2(const StateDict& tensors, const Options& options,
                                      const std::filesystem::path&) {
  return std::make_unique<Dinov2Backbone>(dinov2_weights(tensors), options);
}

std::unique_ptr<Backbone> make_dinov3(const StateDict& tensors, const Options& options,
                                      const std::filesystem::path& file) {
  return std::make_unique<Dinov3Backbone>(dinov3_weights(tensors, file, options.heads), options);
}

std::unique_ptr<Backbone> make_siglip(const StateDict& tensors, const Options& options,
                                      const std::filesystem::path& file) {
  Options with_heads = options;
  if (with_heads.heads == 0) with_heads.heads = siglip_heads(file);
  return std::make_unique<SiglipBackbone>(siglip_weights(tensors), with_heads);
}

struct Reader {
  std::string_view kind;
  std::unique_ptr<Backbone> (*make)(const StateDict&, const Options&, const std::filesystem::path&);
};
constexpr Reader kReaders[] = {{"dinov2", make_dinov2}, {"dinov3", make_dinov3}, {"siglip2", make_siglip}};

std::unique_ptr<Backbone> read_backbone(const Reader& reader, const BackboneConfig& config) {
  if (config.weights.empty())
    throw std::runtime_error("backbone " + config.kind +
                             ": a weights file is needed (.pth, .bin, .safetensors or a folder of them)");
  const StateDict tensors = load_state_dict(config.weights);
  try {
    return reader.make(tensors,
                       {config.layers, config.heads, config.stride_px, scalar_type_of(config.precision)},
                       config.weights);
  } catch (const std::exception& error) {
    throw std::runtime_error(config.weights.string() + ": " + error.what());
  }
}

}  // namespace

std::unique_ptr<Backbone> make_backbone(const BackboneConfig& config) {
  if (config.kind == "weight-free") return std::make_unique<WeightFreeBackbone>();
  for (const Reader& reader : kReaders)
    if (reader.kind == config.kind) return read_backbone(reader, config);
  if (const auto script = config.script_file(); !script.empty())
    return std::make_unique<ScriptBackbone>(script, config.layers);
  throw std::runtime_error("backbone \"" + config.kind +
                           "\" is unknown; weight-free, dinov2, dinov3, siglip2 or script:<file.pt> is "
                           "expected");
}

std::string backbone_identity(const BackboneConfig& config) { return make_backbone(config)->identity(); }

}  // namespace funcorr
