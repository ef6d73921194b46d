#pragma once

#include <memory>
#include <string>

#include <torch/torch.h>

#include "train/model/run_config.h"

namespace funcorr {

// A frozen network (or hand-made descriptor) that turns images into dense features. Not thread-safe; works
// without gradients.
class Backbone {
 public:
  virtual ~Backbone() = default;

  // images: [B, 3, H, W] RGB in 0…1, float, on the backbone's device; sides of at least one patch. Returns
  // the last L blocks' features on the grid of patches, in the order of the blocks and without final norm:
  // [L, B, C, h, w], float.
  virtual torch::Tensor forward(const torch::Tensor& images) = 0;

  virtual int channels() const = 0;   // C
  virtual int layers() const = 0;     // L
  virtual int stride_px() const = 0;  // pixels between grid points: h = ⌊(H − patch) / stride⌋ + 1
  virtual int patch_px() const = 0;
  virtual void to(const torch::Device& device) = 0;
  // Kind, architecture and a hash of the weights: equal identities give equal features (to rounding). For
  // fingerprints and caches.
  virtual std::string identity() const = 0;
};

// Throws std::runtime_error that names the kind, or the file and what is wrong with it.
std::unique_ptr<Backbone> make_backbone(const BackboneConfig& config);

// The configured backbone's identity without LibTorch in sight of the caller: reads the weights once.
std::string backbone_identity(const BackboneConfig& config);

}  // namespace funcorr
