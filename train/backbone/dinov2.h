#pragma once

#include <vector>

#include "train/backbone/backbone.h"
#include "train/weights/state_dict.h"

namespace funcorr {

// Weights under the official names of DINOv2 ("blocks.0.attn.qkv.weight"), from files in either layout:
// official (.pth; in training's own checkpoints blocks stand in chunks, "blocks.0.3.attn.qkv.weight"), or
// Hugging Face's (there "encoder.layer.0.attention.attention.query.weight" and so on); below any prefix, as
// "dinov2." or "teacher.backbone.", and in checkpoints of the release, which hold their backbone. Throws
// std::runtime_error that names a tensor which is missing, and what is there instead.
StateDict dinov2_weights(const StateDict& tensors);

// DINOv2's vision transformer (Oquab et al. 2023; registers: Darcet et al. 2023), frozen: ViT-S/B/L with an
// MLP, ViT-g with SwiGLU, told apart by their tensors. Any input size (cut to whole patches' reach), any
// number of last blocks, and a stride between patches smaller than the patch (as in Amir et al. 2021).
// Position embedding: the square grid resized bicubically to the grid of patches, by the scale
// (h + 0.1) / 37 without antialiasing; models with registers: to the size (h, w), with antialiasing, as each
// was released; untouched where sizes agree.
class Dinov2Backbone : public Backbone {
 public:
  struct Options {
    int layers = 3;                                 // last blocks to return
    int heads = 0;                                  // 0: width / 64
    int stride_px = 0;                              // 0: the patch's side
    torch::ScalarType precision = torch::kFloat32;  // of the weights and matrix products; outputs are float32
  };
  // `weights`: official names. Throws std::runtime_error that names a tensor which is missing or of another
  // shape, and std::invalid_argument for options that do not fit the architecture.
  Dinov2Backbone(const StateDict& weights, const Options& options);

  torch::Tensor forward(const torch::Tensor& images) override;
  int channels() const override { return static_cast<int>(class_token_.size(2)); }
  int layers() const override { return options_.layers; }
  int stride_px() const override { return options_.stride_px; }
  int patch_px() const override { return static_cast<int>(patch_weight_.size(2)); }
  void to(const torch::Device& device) override;
  std::string identity() const override { return identity_; }

 private:
  struct Affine {
    torch::Tensor weight, bias;
  };
  struct Block {
    Affine norm_1, qkv, projection, norm_2, inner, outer;
    torch::Tensor scale_1, scale_2;
    bool is_swiglu = false;  // inner: both halves, [2·hidden, C]
  };

  Block read_block(const StateDict& weights, const std::string& prefix) const;
  template <typename Visit>
  void for_each_tensor(const Visit& visit);
  torch::Tensor position_embedding(std::int64_t rows,
                                   std::int64_t columns) const;    // [1, 1 + rows·columns, C]
  torch::Tensor embed_patches(const torch::Tensor& images) const;  // [B, 1 + R + N, C]
  torch::Tensor run_block(const Block& block, const torch::Tensor& tokens) const;
  torch::Tensor attend(const Block& block, const torch::Tensor& tokens) const;

  Options options_;
  std::string identity_;
  torch::Tensor class_token_, register_tokens_, positions_, patch_weight_, patch_bias_, mean_, deviation_;
  std::vector<Block> blocks_;
};

}  // namespace funcorr
