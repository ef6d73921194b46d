#include "train/backbone/fusion.h"

#include <algorithm>
#include <stdexcept>

namespace funcorr {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

Tensor resized(const Tensor& map, std::int64_t height, std::int64_t width) {
  if (map.size(1) == height && map.size(2) == width) return map;
  return F::interpolate(map.unsqueeze(0), F::InterpolateFuncOptions()
                                              .size(std::vector<std::int64_t>{height, width})
                                              .mode(torch::kBilinear)
                                              .align_corners(false))
      .squeeze(0);
}

Tensor normalised(const Tensor& map) { return F::normalize(map, F::NormalizeFuncOptions().dim(0)); }

}  // namespace

std::pair<torch::Tensor, torch::Tensor> co_pca(const Tensor& features_1, const Tensor& features_2,
                                               int dimension) {
  const torch::NoGradGuard no_gradients;
  if (features_1.dim() != 3 || features_2.dim() != 3 || features_1.size(0) != features_2.size(0) ||
      dimension < 1)
    throw std::invalid_argument("co-PCA: two maps [C, h, w] of equally many channels are needed");
  const auto cells_1 = features_1.size(1) * features_1.size(2);
  const Tensor all = torch::cat({features_1.flatten(1), features_2.flatten(1)}, 1).to(torch::kFloat64);
  const Tensor centred = all - all.mean(1, true);  // [C, cells of both]
  const Tensor axes = std::get<1>(torch::linalg_eigh(centred.matmul(centred.t()), "L"));  // ascending
  const auto kept = std::min<std::int64_t>(dimension, axes.size(1));
  const Tensor leading = axes.narrow(1, axes.size(1) - kept, kept).flip(1);
  Tensor reduced = leading.t().matmul(centred).to(features_1.scalar_type());  // [kept, cells]
  if (kept < dimension)
    reduced = torch::cat({reduced, torch::zeros({dimension - kept, reduced.size(1)}, reduced.options())});
  const auto map = [&](std::int64_t first, const Tensor& like) {
    return reduced.narrow(1, first, like.size(1) * like.size(2))
        .reshape({dimension, like.size(1), like.size(2)});
  };
  return {map(0, features_1), map(cells_1, features_2)};
}

std::pair<torch::Tensor, torch::Tensor> co_pca_levels(const std::vector<Tensor>& levels_1,
                                                      const std::vector<Tensor>& levels_2, int dimension) {
  if (levels_1.empty() || levels_1.size() != levels_2.size())
    throw std::invalid_argument("co-PCA: both images need the same levels, at least one");
  std::vector<Tensor> reduced_1, reduced_2;
  for (std::size_t level = 0; level < levels_1.size(); ++level) {
    const auto [map_1, map_2] = co_pca(levels_1[level], levels_2[level], dimension);
    reduced_1.push_back(map_1);
    reduced_2.push_back(map_2);
  }
  const auto joined = [](std::vector<Tensor>& maps) {
    std::int64_t height = 0, width = 0;
    for (const Tensor& map : maps) {
      height = std::max(height, map.size(1));
      width = std::max(width, map.size(2));
    }
    for (Tensor& map : maps) map = resized(map, height, width);
    return torch::cat(maps);
  };
  return {joined(reduced_1), joined(reduced_2)};
}

torch::Tensor fuse_descriptors(const Tensor& first, const Tensor& second) {
  return normalised(
      torch::cat({normalised(resized(first, second.size(1), second.size(2))), normalised(second)}));
}

}  // namespace funcorr
