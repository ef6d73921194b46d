#include "train/backbone/backbone.h"

#include <stdexcept>

#include "train/backbone/weight_free.h"

namespace funcorr {

std::unique_ptr<Backbone> make_backbone(const BackboneConfig& config) {
  if (config.kind == "weight-free") return std::make_unique<WeightFreeBackbone>();
  throw std::runtime_error("backbone \"" + config.kind +
                           "\" is unknown; weight-free, dinov2 or script:<file.pt> is expected");
}

std::string backbone_identity(const BackboneConfig& config) { return make_backbone(config)->identity(); }

}  // namespace funcorr
