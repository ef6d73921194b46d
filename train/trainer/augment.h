#pragma once

#include <vector>

#include <torch/torch.h>

#include "train/data/background.h"

namespace funcorr {

// Objects on backgrounds. rgb: [B, 224, 224, 3] uint8; object: [B, 6272] uint8, bits as in the shards; one
// background an image, or none: then the images stay as they are. → [B, 3, 224, 224] float in 0…1, on the
// device of `rgb`. The noise is a hash of seed and pixel: the same on every device, to rounding.
torch::Tensor on_backgrounds(const torch::Tensor& rgb, const torch::Tensor& object,
                             const std::vector<Background>& backgrounds);

}  // namespace funcorr
