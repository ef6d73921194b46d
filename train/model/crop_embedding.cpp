#include "train/model/crop_embedding.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "db/dataset/crop.h"

namespace funcorr {
namespace {

using torch::Tensor;

}  // namespace

torch::Tensor crop_tensor(const std::vector<std::uint8_t>& rgb) {
  if (rgb.size() != 3UL * kCropPixels)
    throw std::invalid_argument("predictor: an RGB image of " + std::to_string(kCropSize) + "×" +
                                std::to_string(kCropSize) + " px is needed, not " +
                                std::to_string(rgb.size()) + " bytes");
  Tensor bytes = torch::empty({kCropSize, kCropSize, 3}, torch::kUInt8);
  std::copy(rgb.begin(), rgb.end(), bytes.data_ptr<std::uint8_t>());
  return bytes.permute({2, 0, 1}).unsqueeze(0).to(torch::kFloat32).contiguous() / 255;
}

torch::Tensor pixel_tensor(const std::vector<std::int32_t>& pixels) {
  if (pixels.empty()) return all_pixels(kCropSize, torch::kCPU).squeeze(0);
  Tensor xy = torch::empty({static_cast<std::int64_t>(pixels.size()), 2});
  auto values = xy.accessor<float, 2>();
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const Pixel pixel = crop_pixel(static_cast<std::size_t>(pixels[i]));
    values[static_cast<std::int64_t>(i)][0] = static_cast<float>(pixel.x);
    values[static_cast<std::int64_t>(i)][1] = static_cast<float>(pixel.y);
  }
  return xy;
}

std::vector<float> to_vector(const Tensor& tensor) {
  const Tensor values = tensor.to(torch::kCPU, torch::kFloat32).contiguous();
  return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

PixelEmbeddings embed_crop(Backbone& backbone, FunctionalModel& model, const Tensor& text,
                           const std::vector<std::uint8_t>& rgb, const std::vector<std::int32_t>& pixels) {
  const torch::NoGradGuard no_gradients;
  const Tensor image = crop_tensor(rgb).to(text.device());
  const Tensor tokens = model->tokens(backbone.forward(image)).squeeze(0);
  const Tensor embeddings = model->embed_pixels(tokens, text, pixel_tensor(pixels).to(text.device()));
  PixelEmbeddings result{
      static_cast<int>(embeddings.size(1)), to_vector(embeddings), {}, text.device().str()};
  if (model->has_mask_head()) result.mask_probability = to_vector(model->mask_logits(embeddings).sigmoid());
  return result;
}

}  // namespace funcorr
