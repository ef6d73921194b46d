#pragma once

#include <vector>

#include <torch/torch.h>

#include "train/weights/state_dict.h"

namespace funcorr {

// Weights of CLIP's text tower under the official names ("transformer.resblocks.0.attn.in_proj_weight"), from
// official files (also TorchScript archives) or Hugging Face's ("text_model.encoder.layers.0.…"), below any
// prefix. Tensors of the image tower are left aside. Throws std::runtime_error that names a tensor which is
// missing, and what is there instead.
StateDict clip_text_weights(const StateDict& tensors);

// CLIP's text transformer, frozen, in float32: ViT-B/32, B/16, L/14 and any other of this architecture.
class ClipTextTower {
 public:
  // `weights`: official names; heads: 0 for width / 64. Throws std::runtime_error for what is missing or of
  // another shape.
  explicit ClipTextTower(const StateDict& weights, int heads = 0);
  // Token ids [B, 77] int64 → features [B, D], not normalised: at each text's end token (its largest id).
  torch::Tensor forward(const torch::Tensor& tokens) const;
  int dimension() const { return static_cast<int>(projection_.size(1)); }

 private:
  struct Block {
    torch::Tensor norm_1_weight, norm_1_bias, qkv_weight, qkv_bias, out_weight, out_bias;
    torch::Tensor norm_2_weight, norm_2_bias, inner_weight, inner_bias, outer_weight, outer_bias;
  };
  torch::Tensor run_block(const Block& block, const torch::Tensor& tokens, const torch::Tensor& causal) const;

  int heads_ = 0;
  torch::Tensor embedding_, positions_, final_weight_, final_bias_, projection_;
  std::vector<Block> blocks_;
};

}  // namespace funcorr
