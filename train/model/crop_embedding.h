#pragma once

#include <cstdint>
#include <vector>

#include <torch/torch.h>

#include "train/backbone/backbone.h"
#include "train/model/functional_model.h"
#include "train/model/predictor.h"

namespace funcorr {

// [S, S, 3] bytes, S = kCropSize → [1, 3, S, S] in 0…1. Throws std::invalid_argument for another size.
torch::Tensor crop_tensor(const std::vector<std::uint8_t>& rgb);
// crop_index() of pixels → [N, 2] (x, y); all pixels of the crop where there are none.
torch::Tensor pixel_tensor(const std::vector<std::int32_t>& pixels);
std::vector<float> to_vector(const torch::Tensor& tensor);

// What a model knows of pixels of a crop (as Predictor::embed) for the text feature `text` [D]. The backbone,
// the model and the text are on one device. No gradients.
PixelEmbeddings embed_crop(Backbone& backbone, FunctionalModel& model, const torch::Tensor& text,
                           const std::vector<std::uint8_t>& rgb, const std::vector<std::int32_t>& pixels);

}  // namespace funcorr
