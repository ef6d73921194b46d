#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "train/backbone/backbone.h"

namespace funcorr {

// Any dense backbone as a TorchScript module (torch.jit.save), "script:<file.pt>". Its contract:
// - forward(images: Tensor) -> Tensor takes [B, 3, H, W] RGB in 0…1, float32; normalisation and resizing are
//   the module's own affair;
// - it returns [L, B, C, h, w], or [B, C, h, w] for one layer, whose grid covers the image evenly: cell
//   (0, 0) is the corner at pixel (0, 0); L, C do not depend on the input;
// - it is in evaluation mode, deterministic, and needs no gradients.
// L and C are found by a first run on a grey image of the crop's size. Unlike weight files, a TorchScript
// module is code that is run: load only what you trust.
class ScriptBackbone : public Backbone {
 public:
  // The last `layers` of what the module returns, or all if it returns fewer. Throws std::runtime_error that
  // names the file, and says what the module returned where that breaks the contract, also by a grid that is
  // not square for a square image, as of channels behind it.
  ScriptBackbone(const std::filesystem::path& file, int layers);
  ~ScriptBackbone() override;

  torch::Tensor forward(const torch::Tensor& images) override;
  int channels() const override { return channels_; }
  int layers() const override { return layers_; }
  int stride_px() const override { return stride_px_; }  // of kCropSize, rounded; at least 1
  int patch_px() const override { return stride_px_; }
  void to(const torch::Device& device) override;
  std::string identity() const override { return identity_; }

 private:
  torch::Tensor run(const torch::Tensor& images);

  struct Module;  // keeps the JIT's headers out of sight
  std::unique_ptr<Module> module_;
  std::string file_, identity_;
  int channels_ = 0, layers_ = 0, stride_px_ = 0;
};

}  // namespace funcorr
