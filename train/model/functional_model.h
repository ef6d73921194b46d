#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "db/dataset/crop.h"
#include "train/model/image_features.h"
#include "train/model/run_config.h"

namespace funcorr {

// Bilinear samples of maps [B, C, h, w] at pixels [B, N, 2] (x, y) of a square image of `image_px`, as the
// release samples: grid coordinate 2x/image_px − 1, align_corners = false, zero beyond the map. → [B, N, C].
torch::Tensor sample_at_pixels(const torch::Tensor& maps, const torch::Tensor& pixels_xy,
                               int image_px = kCropSize);

// The trainable part of the model (paper, figure 4), under the release's parameter names:
//   image_embedder.w [L]                                weights of the backbone's blocks, through a softmax
//   image_embedder.lin_proj.weight [512, C]             one projection for all blocks
//   mlp_conditioner.mlp.{0,2,4}.weight (.0 and .2: .bias)  512 + D → 1024 → 1024 → 256
//   mask_projection.{weight,bias}                       256 → 1, with the mask head
//   shortcut.weight [256, 512]                          with HeadConfig::shortcut (not in the release)
// and, beyond the release, function_text [F, D]: the text feature of each function of the run; a parameter
// where it is learned, a constant where it comes from CLIP (so a checkpoint needs no CLIP for its own
// functions). Initialised as PyTorch's linear layers are, from torch's global generator; w from a
// standard normal, function_text from a normal that gives it a length of about 1, the tokens' own. Any
// device; no host synchronisation in any method.
class FunctionalModelImpl : public torch::nn::Module {
 public:
  // `config`: backbone_channels and backbone_layers must be set. `text_features` [F, D]: constant features of
  // config.functions, L2-normalised; undefined: learned ones of config.text.dimension. Throws
  // std::invalid_argument where sizes do not fit.
  explicit FunctionalModelImpl(const ModelConfig& config, const torch::Tensor& text_features = {});

  // Features of the backbone [L, B, C, h, w] → tokens [B, 512, h, w], L2-normalised over channels.
  torch::Tensor tokens(const torch::Tensor& features);
  // Tokens at pixels of B images: [B, N, 512]. `pixels_xy` [B, N, 2] must be the pixels that the features
  // were gathered for where they are a part of the grid.
  torch::Tensor tokens_at(const ImageFeatures& features, const torch::Tensor& pixels_xy);
  // Text features of functions given by their index [B] (int64) → [B, D].
  torch::Tensor text(const torch::Tensor& functions);
  // Tokens sampled at pixels [B, N, 512], text [B, D] → embeddings [B, N, 256], L2-normalised.
  torch::Tensor embed(const torch::Tensor& sampled, const torch::Tensor& text);
  torch::Tensor embed_at(const torch::Tensor& tokens, const torch::Tensor& pixels_xy,
                         const torch::Tensor& text) {
    return embed(sample_at_pixels(tokens, pixels_xy), text);
  }
  // Embeddings [B, N, 256] → logits of being part [B, N]. Throws std::logic_error without mask head.
  torch::Tensor mask_logits(const torch::Tensor& embeddings);
  bool has_mask_head() const { return !mask_projection_.is_empty(); }

  // Embeddings of many pixels of one image: tokens [512, h, w], text [D], pixels [N, 2] (x, y) → [N, 256].
  // Equal to embed_at to rounding, but the first layer runs on tokens instead of pixels (sampling and linear
  // layers commute), and pixels go through in blocks: memory beyond the result is about 70 MB. No gradients.
  torch::Tensor embed_pixels(const torch::Tensor& tokens, const torch::Tensor& text,
                             const torch::Tensor& pixels_xy);
  // All pixels of the image, row-major: [image_px², 256].
  torch::Tensor embed_dense(const torch::Tensor& tokens, const torch::Tensor& text, int image_px = kCropSize);

  const std::vector<std::string>& functions() const { return functions_; }
  // Index of a function's text feature; throws std::runtime_error that lists what there is.
  int function_index(const std::string& function) const;
  int text_dimension() const { return static_cast<int>(function_text_.size(1)); }

 private:
  // Features of any shape with blocks first and channels last [L, …, C] → tokens […, 512], L2-normalised.
  torch::Tensor projected(const torch::Tensor& features);
  // First layer on the image's half of the input, without bias; and its bias and the text's half.
  torch::Tensor image_half(const torch::Tensor& sampled) const;
  torch::Tensor text_half(const torch::Tensor& text) const;
  // From the first layer's output [..., 1024] (written over) and the shortcut's [..., 256] where there is
  // one.
  torch::Tensor upper_layers(torch::Tensor hidden, const torch::Tensor& direct) const;

  std::vector<std::string> functions_;
  torch::nn::Linear projection_, layer_0_, layer_2_, layer_4_, mask_projection_ = nullptr,
                                                               shortcut_ = nullptr;
  torch::Tensor block_weights_, function_text_;
};
TORCH_MODULE(FunctionalModel);

// A model's tensors by their names, and back. load_tensors throws std::runtime_error that names a tensor
// which is missing or of another shape; tensors the model does not know are left aside, among them the
// release's frozen backbone.
std::vector<std::pair<std::string, torch::Tensor>> named_tensors(const FunctionalModelImpl& model);
void load_tensors(FunctionalModelImpl& model, const std::map<std::string, torch::Tensor>& tensors);

// The tensors of a checkpoint by our names: of one of ours, or of the release's (epoch_0100.pt), which has no
// function_text. Throws as load_state_dict does.
std::map<std::string, torch::Tensor> load_checkpoint_tensors(const std::filesystem::path& checkpoint);

// The row "backbone": descriptors without learned weights. Features [L, B, C, h, w] → per block mean with
// uniform weights, L2-normalised per token and again after sampling at pixels [B, N, 2]: [B, N, C].
torch::Tensor plain_tokens(const torch::Tensor& features);  // [B, C, h, w]
torch::Tensor plain_descriptors(const torch::Tensor& tokens, const torch::Tensor& pixels_xy,
                                int image_px = kCropSize);

// All pixels of a square image, row-major: [1, image_px², 2] (x, y), float.
torch::Tensor all_pixels(int image_px, const torch::Device& device);

}  // namespace funcorr
