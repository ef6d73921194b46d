#include "eval/matching/crop_features.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace funcorr {
namespace {

constexpr float kPartProbability = 0.5F;  // above it a pixel counts as one of the part

}  // namespace

std::size_t count_pixels(const CropMask& mask) {
  return static_cast<std::size_t>(
      std::count_if(mask.begin(), mask.end(), [](std::uint8_t value) { return value != 0; }));
}

std::vector<Pixel> pixels_of(const CropMask& mask) {
  std::vector<Pixel> pixels;
  for (std::size_t i = 0; i < kCropPixels; ++i)
    if (mask[i]) pixels.push_back(crop_pixel(i));
  return pixels;
}

std::vector<float> CropFeatures::rows(const std::vector<Pixel>& pixels) const {
  const auto width = static_cast<std::size_t>(channels);
  std::vector<float> gathered(pixels.size() * width);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const std::size_t pixel = crop_index(pixels[i]);
    if (!row_of.empty() && row_of[pixel] < 0)
      throw std::invalid_argument(
          fmt::format("pixel ({}, {}) of the crop is not on the object", pixels[i].x, pixels[i].y));
    const std::size_t row = row_of.empty() ? pixel : static_cast<std::size_t>(row_of[pixel]);
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(row * width), width,
                gathered.begin() + static_cast<std::ptrdiff_t>(i * width));
  }
  return gathered;
}

EmbeddedCrop embedded_crop(PixelEmbeddings embeddings, const std::vector<std::int32_t>& pixels) {
  EmbeddedCrop crop{{embeddings.channels, std::move(embeddings.values), {}, embeddings.device}, {}};
  const auto pixel_of = [&](std::size_t row) {
    return pixels.empty() ? row : static_cast<std::size_t>(pixels[row]);
  };
  if (!pixels.empty()) {
    crop.features.row_of.assign(kCropPixels, -1);
    for (std::size_t row = 0; row < pixels.size(); ++row)
      crop.features.row_of[pixel_of(row)] = static_cast<std::int32_t>(row);
  }
  const std::vector<float>& probability = embeddings.mask_probability;
  if (probability.empty()) return crop;
  crop.part = CropMask(kCropPixels, 0);
  crop.part_probability.assign(kCropPixels, 0);
  for (std::size_t row = 0; row < probability.size(); ++row) {
    crop.part_probability[pixel_of(row)] = probability[row];
    if (probability[row] > kPartProbability) (*crop.part)[pixel_of(row)] = 1;
  }
  return crop;
}

}  // namespace funcorr
