#pragma once

#include <vector>

#include <torch/torch.h>

#include "train/data/background.h"

namespace funcorr {

// Objects on backgrounds. rgb: [B, S, S, 3] uint8, S = kCropSize; object: [B, kMaskBytes] uint8, bits as in
// the shards; one background an image, or none: then the images stay as they are. → [B, 3, S, S] float in
// 0…1, on the device of `rgb`. The noise is a hash of seed and pixel: the same on every device, to rounding.
torch::Tensor on_backgrounds(const torch::Tensor& rgb, const torch::Tensor& object,
                             const std::vector<Background>& backgrounds);

}  // namespace funcorr
