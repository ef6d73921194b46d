#pragma once

#include <array>
#include <string>
#include <vector>

#include "train/backbone/backbone.h"
#include "train/weights/state_dict.h"

namespace funcorr {

// What DINOv2, DINOv3 and SigLIP share: a vision transformer of pre-norm blocks (Dosovitskiy et al. 2021),
// frozen. Its sizes are those of its tensors. Any input size (cut to whole patches' reach), any number of
// last blocks, and a stride between patches smaller than the patch (as in Amir et al. 2021).
class VisionTransformer : public Backbone {
 public:
  struct Options {
    int layers = 3;                                 // last blocks to return
    int heads = 0;                                  // 0: as the architecture's weights tell
    int stride_px = 0;                              // 0: the patch's side
    torch::ScalarType precision = torch::kFloat32;  // of the weights and matrix products; outputs are float32
  };

  torch::Tensor forward(const torch::Tensor& images) override;
  int channels() const override { return static_cast<int>(patch_.bias.size(0)); }
  int layers() const override { return options_.layers; }
  int stride_px() const override { return options_.stride_px; }
  int patch_px() const override { return static_cast<int>(patch_.weight.size(2)); }
  void to(const torch::Device& device) override;
  std::string identity() const override { return identity_; }

 protected:
  static constexpr std::array<double, 3> kImageNetMean{0.485, 0.456, 0.406},
      kImageNetDeviation{0.229, 0.224, 0.225};

  // What tells one architecture from another beside its tensors.
  struct Architecture {
    const char *kind, *name;  // in identities, in messages
    double norm_epsilon = 1e-6;
    bool has_layer_scale = true, gelu_by_tanh = false;
    std::array<double, 3> mean, deviation;  // of the images' channels
  };
  // How a square grid of position embeddings becomes that of an image's patches; where sizes agree, it stays.
  enum class GridResize {
    kBicubic,             // to the size (h, w)
    kBicubicAntialiased,  // likewise
    kBicubicOffset        // by the scale (h + 0.1) / side
  };
  // What is not there stays undefined.
  struct Tokens {
    torch::Tensor prefix;   // [1, P, C]: before the patches' tokens, with what tells their places
    torch::Tensor grid;     // [1, side², C], row by row: added to the patches' tokens
    torch::Tensor periods;  // [d/4]: of rotary positions, which turn queries and keys (see rotation())
    GridResize resize = GridResize::kBicubic;
  };
  // `weights`: patch_embed.proj and blocks under the official names of DINOv2. `options`: heads are told.
  // Throws std::runtime_error that names a tensor which is missing or of another shape, and
  // std::invalid_argument for options that do not fit the architecture.
  VisionTransformer(const Architecture& architecture, const StateDict& weights, const Options& options,
                    Tokens tokens);

 private:
  struct Affine {
    torch::Tensor weight, bias;
  };
  struct Block {
    Affine norm_1, qkv, projection, norm_2, inner, outer;
    torch::Tensor scale_1, scale_2;  // undefined without layer scale
    bool is_swiglu = false;          // inner: both halves, [2·hidden, C]
  };
  struct Rotation {
    torch::Tensor cosine, sine;  // [P + N, d], float; undefined where nothing turns
  };

  void check() const;
  Block read_block(const StateDict& weights, const std::string& prefix) const;
  template <typename Visit>
  void for_each_tensor(const Visit& visit);
  torch::Tensor grid_of(std::int64_t rows, std::int64_t columns) const;  // [1, rows·columns, C]
  torch::Tensor with_places(const torch::Tensor& patches) const;         // [B, C, h, w] → [B, P + N, C]
  Rotation rotation(std::int64_t rows, std::int64_t columns) const;
  torch::Tensor run_block(const Block& block, const torch::Tensor& tokens, const Rotation& rotation) const;
  torch::Tensor attend(const Block& block, const torch::Tensor& tokens, const Rotation& rotation) const;

  Architecture architecture_;
  Options options_;
  Tokens tokens_;
  std::string identity_;
  Affine patch_;
  torch::Tensor mean_, deviation_;
  std::vector<Block> blocks_;
};

}  // namespace funcorr
