#pragma once

#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "db/format/npy.h"

namespace funcorr::tests {

// A golden array as float32 (or, with integers, int64) tensor.
inline torch::Tensor load_tensor(const std::filesystem::path& file) {
  const NpyArray array = load_npy(file);
  const std::vector<double> values = array.to_double();
  const std::vector<std::int64_t> shape(array.shape.begin(), array.shape.end());
  const auto type = array.dtype[0] == 'f' ? torch::kFloat32 : torch::kInt64;
  return torch::tensor(values, torch::kFloat64).view(shape).to(type);
}

inline nlohmann::json load_json(const std::filesystem::path& file) {
  return nlohmann::json::parse(std::ifstream(file));
}

// Sizes of the golden backbone, which all of its files share.
struct GoldenSizes {
  int width, depth, heads, patch;
  // Of the grid of patches that fit into so many pixels, `stride` apart.
  int cells(std::int64_t pixels, int stride) const { return (static_cast<int>(pixels) - patch) / stride + 1; }
  int cells(std::int64_t pixels) const { return cells(pixels, patch); }
};

inline GoldenSizes golden_sizes(const std::filesystem::path& model) {
  const nlohmann::json sizes = load_json(model / "dinov2.json");
  return {sizes.at("embed_dim"), sizes.at("depth"), sizes.at("heads"), sizes.at("patch")};
}

inline double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

}  // namespace funcorr::tests
