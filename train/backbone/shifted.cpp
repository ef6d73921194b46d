#include "train/backbone/shifted.h"

#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace funcorr {

using torch::Tensor;

ShiftedBackbone::ShiftedBackbone(std::unique_ptr<Backbone> backbone, int shifts)
    : backbone_(std::move(backbone)), shifts_(shifts) {
  if (shifts < 1 || backbone_->stride_px() % shifts != 0)
    throw std::runtime_error(fmt::format("{} shifts: the backbone's grid of {} px cannot be divided so",
                                         shifts, backbone_->stride_px()));
}

torch::Tensor ShiftedBackbone::forward(const Tensor& images) {
  // A fine cell is in the middle of the coarse one that sees it: the first one's begins before the image.
  const int fine = stride_px(), before = (backbone_->stride_px() - fine) / 2;
  std::vector<Tensor> shifted;
  for (int row = 0; row < shifts_; ++row)
    for (int column = 0; column < shifts_; ++column) {
      const std::int64_t x = column * fine - before, y = row * fine - before;  // of the image that is shown
      shifted.push_back(torch::constant_pad_nd(images, {-x, x, -y, y}, 1));
    }
  const Tensor grids = backbone_->forward(torch::cat(shifted));  // [L, shifts²·B, C, h, w]
  const auto layers = grids.size(0), count = images.size(0), channels = grids.size(2), height = grids.size(3),
             width = grids.size(4);
  return grids.reshape({layers, shifts_, shifts_, count, channels, height, width})
      .permute({0, 3, 4, 5, 1, 6, 2})
      .reshape({layers, count, channels, height * shifts_, width * shifts_});
}

std::string ShiftedBackbone::identity() const {
  return fmt::format("{}/shifts{}", backbone_->identity(), shifts_);
}

}  // namespace funcorr
