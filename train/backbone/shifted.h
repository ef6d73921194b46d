#pragma once

#include <memory>
#include <string>

#include "train/backbone/backbone.h"

namespace funcorr {

// A backbone's features on a finer grid, as of overlapping patches: the image is shown to it at `shifts` ×
// `shifts` places, fractions of a patch apart, and the grids are interleaved (shift-and-stitch; Long et al.
// 2015, section 3.2). Two shifts make a grid of 7 px of DINOv2's patches of 14. The network meets as many
// tokens, at the places, that it was trained with, which a smaller stride between its patches changes (Amir
// et al. 2021); it is run `shifts`² times. What comes into sight at the rim is white, as around our crops.
// Cells lie centred on what they see, as the coarse grid's do.
class ShiftedBackbone : public Backbone {
 public:
  // Throws std::runtime_error where shifts, at least 1, do not divide the backbone's stride.
  ShiftedBackbone(std::unique_ptr<Backbone> backbone, int shifts);

  torch::Tensor forward(const torch::Tensor& images) override;  // [L, B, C, h·shifts, w·shifts]
  int channels() const override { return backbone_->channels(); }
  int layers() const override { return backbone_->layers(); }
  int stride_px() const override { return backbone_->stride_px() / shifts_; }
  int patch_px() const override { return backbone_->patch_px(); }
  void to(const torch::Device& device) override { backbone_->to(device); }
  std::string identity() const override;

 private:
  std::unique_ptr<Backbone> backbone_;
  int shifts_;
};

}  // namespace funcorr
