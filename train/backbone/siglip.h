#pragma once

#include <filesystem>

#include "train/backbone/vision_transformer.h"
#include "train/weights/state_dict.h"

namespace funcorr {

// Weights of SigLIP's image tower under the names of VisionTransformer, with "pos_embed" [1, side², C], from
// Hugging Face's layout (SiglipVisionModel, or SiglipModel, whose text tower is left aside), below any
// prefix. Throws std::runtime_error that names a tensor which is missing, and what is there instead.
StateDict siglip_weights(const StateDict& tensors);

// The attention heads that config.json beside `file` tells, which the tensors do not. Throws
// std::runtime_error where there is none, or it tells of another architecture.
int siglip_heads(const std::filesystem::path& file);

// The image tower of SigLIP and SigLIP 2 of a fixed size (Zhai et al. 2023, Tschannen et al. 2025): no class
// token, a learned position embedding, resized bicubically to the grid of patches (as transformers does).
// The pooling head and the last norm are left aside.
class SiglipBackbone : public VisionTransformer {
 public:
  // `weights`: what siglip_weights gives; `options`: heads are told.
  SiglipBackbone(const StateDict& weights, const Options& options);

 private:
  static Tokens tokens_of(const StateDict& weights);
};

}  // namespace funcorr
