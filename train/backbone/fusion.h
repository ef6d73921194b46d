#pragma once

#include <utility>
#include <vector>

#include <torch/torch.h>

namespace funcorr {

// How features of Stable Diffusion become descriptors, alone and together with DINOv2's (Zhang et al. 2023,
// "A Tale of Two Features"). Maps are [C, h, w], float; both images of a pair are treated together, because
// the components are theirs.

// Principal components common to two images: the pixels of both are centred by their mean and projected on
// their first `dimension` principal axes. Returns [dimension, h, w] each; axes beyond the rank give zeros.
// The axes' signs are arbitrary but common to both. Throws std::invalid_argument where channels differ.
std::pair<torch::Tensor, torch::Tensor> co_pca(const torch::Tensor& features_1,
                                               const torch::Tensor& features_2, int dimension);

// Several levels of features, each reduced by co_pca, resized bilinearly to the grid of the largest level,
// and concatenated: [levels · dimension, h, w] each. Throws std::invalid_argument where the images' levels
// differ in number or there are none.
std::pair<torch::Tensor, torch::Tensor> co_pca_levels(const std::vector<torch::Tensor>& levels_1,
                                                      const std::vector<torch::Tensor>& levels_2,
                                                      int dimension = 256);

// Two kinds of descriptors of one image, each L2-normalised per cell, the first resized bilinearly to the
// grid of the second, concatenated and normalised: the cosine of two fused descriptors is the mean of both
// cosines (where a cell was not resized).
torch::Tensor fuse_descriptors(const torch::Tensor& first, const torch::Tensor& second);

}  // namespace funcorr
