#pragma once

#include <filesystem>

#include "train/backbone/vision_transformer.h"
#include "train/weights/state_dict.h"

namespace funcorr {

// Weights of a DINOv3 ViT under the official names of DINOv2, with "rope_embed.periods" in place of
// "pos_embed", from either layout, below any prefix: official (.pth; "storage_tokens", "mlp.w1",
// "attn.qkv.bias_mask"), or Hugging Face's (DINOv3ViTModel; "layer.0.attention.q_proj.weight"), whose
// config.json beside `file` tells the attention heads and the rotary base; `heads` where it is not 0. Throws
// std::runtime_error that names a tensor which is missing, and what is there instead, or what config.json
// lacks.
StateDict dinov3_weights(const StateDict& tensors, const std::filesystem::path& file, int heads = 0);

// DINOv3's vision transformer (Siméoni et al. 2025): as DINOv2's with register ("storage") tokens, but rotary
// positions, keys without bias and, in the larger models, a gated MLP. Its attention heads follow from its
// rotary periods. Images are normalised as for the models of web images (LVD-1689M); those of satellite
// images were trained with other means.
class Dinov3Backbone : public VisionTransformer {
 public:
  // `weights`: what dinov3_weights gives.
  Dinov3Backbone(const StateDict& weights, const Options& options);

 private:
  static Options with_heads(Options options, const StateDict& weights);
  static Tokens tokens_of(const StateDict& weights);
};

}  // namespace funcorr
