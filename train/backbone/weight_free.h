#pragma once

#include "train/backbone/backbone.h"

namespace funcorr {

// Dense hand-made descriptors for machines without pretrained weights, one per 8 px. Three scales stand in
// place of three blocks; each scale fills channels of its own (zero in the other two), so that their weighted
// mean, which is all that the head sees, keeps every scale apart. Per scale (cells of 8, 24 and 56 px, 8, 16
// and 32 px apart):
// - gradient orientations, unsigned, 8 bins in 3×3 cells around the point, normalised and clipped as SIFT's
//   (Lowe 2004; dense as HOG, Dalal & Triggs 2005): 72 channels
// - share of the object in each of the 3×3 cells, and the object's mean colour and its deviation: 15 channels
// and, the same in all three, the point's place in the object's silhouette: 27 channels
// - distance to the silhouette's end in 8 directions, width along 4 axes, least and greatest of these, and
//   their elongation, in units of the object's size (the square root of its area)
// - share of the object within four growing squares; place relative to the centroid along the image's axes
//   and along the silhouette's principal axes, whose signs follow the third moments; distance to the centroid
// All of it without what is common to most points: a descriptor's mean energy, typical shares and colours.
// Else any two points would look alike, and a head would have to learn that first. The background is
// estimated as a linear ramp per colour from the image's rim, and everything that differs from it is the
// object; outside of it the image counts as white. So plain backgrounds and ramps change little. Nothing
// tells the absolute place in the image.
class WeightFreeBackbone : public Backbone {
 public:
  torch::Tensor forward(const torch::Tensor& images) override;
  int channels() const override;
  int layers() const override { return 3; }
  int stride_px() const override { return 8; }
  int patch_px() const override { return 8; }
  void to(const torch::Device& device) override { device_ = device; }
  std::string identity() const override;

 private:
  torch::Device device_ = torch::kCPU;
};

// [B, 3, H, W] in 0…1 → [B, 1, H, W] in 0…1: what differs from a linear ramp fitted to the rim.
torch::Tensor estimate_silhouette(const torch::Tensor& images);

}  // namespace funcorr
