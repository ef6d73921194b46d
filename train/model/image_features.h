#pragma once

#include <utility>

#include <torch/torch.h>

namespace funcorr {

// The backbone's features of a batch of images: all of them, or those alone that known pixels need. A few
// hundred pixels lie on a part of the grid only, so that stored features are read, and projected, in part.
struct ImageFeatures {
  ImageFeatures() = default;
  ImageFeatures(torch::Tensor all) : maps(std::move(all)) {}

  torch::Tensor maps;  // [L, B, C, h, w]; undefined where rows are given

  torch::Tensor rows;      // [L, B, T, C] features of T tokens of each image
  torch::Tensor bilinear;  // [B, N, T] what each of them counts at each of N pixels

  bool defined() const { return maps.defined() || rows.defined(); }
  // Images first … first + count − 1.
  ImageFeatures narrow(std::int64_t first, std::int64_t count) const {
    ImageFeatures part;
    if (maps.defined()) part.maps = maps.narrow(1, first, count);
    if (rows.defined()) {
      part.rows = rows.narrow(1, first, count);
      part.bilinear = bilinear.narrow(0, first, count);
    }
    return part;
  }
};

}  // namespace funcorr
