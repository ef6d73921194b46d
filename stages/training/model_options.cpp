#include "stages/training/model_options.h"

namespace funcorr {

void add_backbone_options(OptionTable& table) {
  table.add({.name = "backbone",
             .type = OptionType::kString,
             .default_value = "weight-free",
             .help = "frozen image backbone: weight-free, dinov2 (needs weights), or script:<file.pt>"});
  table.add({.name = "weights",
             .type = OptionType::kPath,
             .default_value = "",
             .help = "the backbone's weights: .pth, .pt, .bin or .safetensors"});
  table.add({.name = "layers",
             .type = OptionType::kInt,
             .default_value = 3,
             .min = 1,
             .max = 48,
             .help = "how many of the backbone's last blocks are used"});
  table.add({.name = "heads",
             .type = OptionType::kInt,
             .default_value = 0,
             .min = 0,
             .max = 64,
             .help = "attention heads of the backbone; 0: width / 64, as in all published models"});
  table.add({.name = "stride",
             .type = OptionType::kInt,
             .default_value = 0,
             .unit = "px",
             .min = 0,
             .max = 224,
             .help = "between the backbone's patches; 0: the patch's size"});
  table.add({.name = "backbone_precision",
             .type = OptionType::kString,
             .default_value = "float32",
             .choices = {"float32", "bfloat16", "float16"},
             .help = "what the backbone's matrix products run in"});
}

BackboneConfig backbone_config(const Options& options) {
  BackboneConfig config;
  config.kind = options.get_string("backbone");
  if (!options.get_string("weights").empty()) config.weights = options.get_path("weights");
  config.layers = static_cast<int>(options.get_int("layers"));
  config.heads = static_cast<int>(options.get_int("heads"));
  config.stride_px = static_cast<int>(options.get_int("stride"));
  config.precision = options.get_string("backbone_precision");
  return config;
}

}  // namespace funcorr
