#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "db/dataset/crop.h"
#include "train/model/predictor.h"

namespace funcorr {

std::size_t count_pixels(const CropMask& mask);
std::vector<Pixel> pixels_of(const CropMask& mask);  // row-major order

// Descriptors of pixels of a crop, L2-normalised, so that the dot product is the cosine similarity.
struct CropFeatures {
  int channels = 0;
  std::vector<float> values;           // [N, channels] row-major
  std::vector<std::int32_t> row_of{};  // [kCropPixels] each pixel's row, −1 without one; empty: every pixel
                                       // has its own, that of its crop_index()
  std::string device = "cpu";          // where they were computed and are matched, as DeviceChoice names it

  // [pixels.size(), channels]. Throws std::invalid_argument for a pixel that has no row.
  std::vector<float> rows(const std::vector<Pixel>& pixels) const;
};

// What a model knows of a crop, and where it believes the functional part to be (nothing without mask head).
struct EmbeddedCrop {
  CropFeatures features;
  std::optional<CropMask> part;
  std::vector<float> part_probability{};  // [kCropPixels], 0 where nothing was embedded; empty likewise
};
// `pixels`: the crop_index() of those that were embedded; empty: all.
EmbeddedCrop embedded_crop(PixelEmbeddings embeddings, const std::vector<std::int32_t>& pixels = {});

}  // namespace funcorr
