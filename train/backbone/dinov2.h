#pragma once

#include "train/backbone/vision_transformer.h"
#include "train/weights/state_dict.h"

namespace funcorr {

// Weights under the official names of DINOv2 ("blocks.0.attn.qkv.weight"), from files in either layout:
// official (.pth; in training's own checkpoints blocks stand in chunks, "blocks.0.3.attn.qkv.weight"), or
// Hugging Face's (there "encoder.layer.0.attention.attention.query.weight" and so on); below any prefix, as
// "dinov2." or "teacher.backbone.", and in checkpoints of the release, which hold their backbone. Throws
// std::runtime_error that names a tensor which is missing, and what is there instead.
StateDict dinov2_weights(const StateDict& tensors);

// DINOv2's vision transformer (Oquab et al. 2023; registers: Darcet et al. 2023): ViT-S/B/L with an MLP,
// ViT-g with SwiGLU, told apart by their tensors. Position embedding: the square grid resized bicubically to
// the grid of patches, by the scale (h + 0.1) / 37 without antialiasing; models with registers: to the size
// (h, w), with antialiasing, as each was released.
class Dinov2Backbone : public VisionTransformer {
 public:
  // `weights`: official names; heads: 0 for width / 64.
  Dinov2Backbone(const StateDict& weights, const Options& options);

 private:
  static Options with_heads(Options options, const StateDict& weights);
  static Tokens tokens_of(const StateDict& weights);
};

}  // namespace funcorr
