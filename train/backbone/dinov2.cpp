#include "train/backbone/dinov2.h"

#include <cmath>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "train/backbone/attention.h"

namespace funcorr {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

constexpr double kNormEpsilon = 1e-6;
constexpr int kHeadWidth = 64;  // of all published models

const Tensor& need(const StateDict& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw std::runtime_error("tensor \"" + name + "\" of DINOv2 is missing");
  check_finite(found->second, name);
  return found->second;
}

struct Rename {
  const char *official, *hugging_face;
};
constexpr Rename kTopNames[] = {{"cls_token", "embeddings.cls_token"},
                                {"pos_embed", "embeddings.position_embeddings"},
                                {"patch_embed.proj.weight", "embeddings.patch_embeddings.projection.weight"},
                                {"patch_embed.proj.bias", "embeddings.patch_embeddings.projection.bias"}};
constexpr Rename kBlockNames[] = {{"norm1.weight", "norm1.weight"},
                                  {"norm1.bias", "norm1.bias"},
                                  {"attn.proj.weight", "attention.output.dense.weight"},
                                  {"attn.proj.bias", "attention.output.dense.bias"},
                                  {"ls1.gamma", "layer_scale1.lambda1"},
                                  {"norm2.weight", "norm2.weight"},
                                  {"norm2.bias", "norm2.bias"},
                                  {"ls2.gamma", "layer_scale2.lambda1"}};
constexpr Rename kMlpNames[] = {{"mlp.fc1", "mlp.fc1"}, {"mlp.fc2", "mlp.fc2"}};
constexpr Rename kSwigluNames[] = {{"mlp.w12", "mlp.weights_in"}, {"mlp.w3", "mlp.weights_out"}};

StateDict from_hugging_face(const StateDict& tensors) {
  StateDict official;
  for (const Rename& name : kTopNames) official[name.official] = need(tensors, name.hugging_face);
  if (tensors.contains("embeddings.register_tokens"))
    official["register_tokens"] = need(tensors, "embeddings.register_tokens");
  for (int i = 0; tensors.contains(fmt::format("encoder.layer.{}.norm1.weight", i)); ++i) {
    const std::string from = fmt::format("encoder.layer.{}.", i), to = fmt::format("blocks.{}.", i);
    for (const Rename& name : kBlockNames)
      official[to + name.official] = need(tensors, from + name.hugging_face);
    const bool is_swiglu = tensors.contains(from + "mlp.weights_in.weight");
    for (const Rename& name : is_swiglu ? kSwigluNames : kMlpNames)
      for (const char* kind : {".weight", ".bias"})
        official[to + name.official + kind] = need(tensors, from + name.hugging_face + kind);
    for (const char* kind : {".weight", ".bias"}) {
      std::vector<Tensor> qkv;
      for (const char* which : {"query", "key", "value"})
        qkv.push_back(need(tensors, from + "attention.attention." + which + kind));
      official[to + "attn.qkv" + kind] = torch::cat(qkv);
    }
  }
  return official;
}

void check_shape(const Tensor& tensor, const std::string& name, const std::vector<std::int64_t>& shape) {
  if (tensor.sizes() != torch::IntArrayRef(shape))
    throw std::runtime_error("tensor \"" + name + "\" of DINOv2 has the shape " + c10::str(tensor.sizes()) +
                             " where " + c10::str(torch::IntArrayRef(shape)) + " is expected");
}

// "blocks.<chunk>.<block>.…", as DINOv2's training with block_chunks names it, → "blocks.<block>.…": blocks
// are counted through all chunks (dinov2/models/vision_transformer.py).
std::string without_chunk(const std::string& name) {
  constexpr std::string_view kBlocks = "blocks.", kDigits = "0123456789";
  if (!name.starts_with(kBlocks)) return name;
  const auto chunk = name.find_first_not_of(kDigits, kBlocks.size());
  if (chunk == std::string::npos || name[chunk] != '.') return name;
  const auto block = name.find_first_not_of(kDigits, chunk + 1);
  if (block == chunk + 1 || block == std::string::npos || name[block] != '.') return name;
  return std::string(kBlocks) + name.substr(chunk + 1);
}

StateDict without_chunks(const StateDict& tensors) {
  StateDict official;
  for (const auto& [name, tensor] : tensors)
    if (!official.emplace(without_chunk(name), tensor).second)
      throw std::runtime_error("two chunks of DINOv2's blocks hold \"" + without_chunk(name) + "\"");
  return official;
}

}  // namespace

StateDict dinov2_weights(const StateDict& tensors) {
  if (const auto official = unwrapped(tensors, {"cls_token", "pos_embed"})) return without_chunks(*official);
  if (const auto theirs = unwrapped(tensors, {"embeddings.cls_token", "embeddings.position_embeddings"}))
    return from_hugging_face(*theirs);
  throw std::runtime_error("tensors \"cls_token\" and \"pos_embed\" of DINOv2 are missing; the file is " +
                           names_of(tensors));
}

Dinov2Backbone::Dinov2Backbone(const StateDict& weights, const Options& options) : options_(options) {
  class_token_ = need(weights, "cls_token");
  if (class_token_.dim() != 3) throw std::runtime_error("tensor \"cls_token\" of DINOv2 has not three sides");
  const auto width = class_token_.size(2);
  positions_ = need(weights, "pos_embed");
  patch_weight_ = need(weights, "patch_embed.proj.weight");
  patch_bias_ = need(weights, "patch_embed.proj.bias");
  if (patch_weight_.dim() != 4)
    throw std::runtime_error("tensor \"patch_embed.proj.weight\" has not four sides");
  check_shape(patch_weight_, "patch_embed.proj.weight",
              {width, 3, patch_weight_.size(2), patch_weight_.size(2)});
  check_shape(patch_bias_, "patch_embed.proj.bias", {width});
  if (positions_.dim() != 3) throw std::runtime_error("tensor \"pos_embed\" of DINOv2 has not three sides");
  const auto side = std::llround(std::sqrt(static_cast<double>(positions_.size(1) - 1)));
  check_shape(positions_, "pos_embed", {1, 1 + side * side, width});
  if (weights.contains("register_tokens")) {
    register_tokens_ = need(weights, "register_tokens");
    if (register_tokens_.dim() != 3)
      throw std::runtime_error("tensor \"register_tokens\" has not three sides");
    check_shape(register_tokens_, "register_tokens", {1, register_tokens_.size(1), width});
  }

  if (options_.heads == 0) options_.heads = static_cast<int>(width / kHeadWidth);
  if (options_.heads < 1 || width % options_.heads != 0)
    throw std::invalid_argument(
        fmt::format("DINOv2: width {} does not divide into {} heads", width, options_.heads));
  if (options_.stride_px == 0) options_.stride_px = static_cast<int>(patch_weight_.size(2));
  if (options_.stride_px < 1 || options_.stride_px > patch_weight_.size(2))
    throw std::invalid_argument(fmt::format("DINOv2: a stride of {} px; 1 … {} is allowed",
                                            options_.stride_px, patch_weight_.size(2)));
  for (std::size_t i = 0; weights.contains(fmt::format("blocks.{}.norm1.weight", i)); ++i)
    blocks_.push_back(read_block(weights, fmt::format("blocks.{}.", i)));
  if (options_.layers < 1 || static_cast<std::size_t>(options_.layers) > blocks_.size())
    throw std::invalid_argument(
        fmt::format("DINOv2: {} blocks asked of {}", options_.layers, blocks_.size()));

  mean_ = torch::tensor({0.485F, 0.456F, 0.406F}).view({1, 3, 1, 1});
  deviation_ = torch::tensor({0.229F, 0.224F, 0.225F}).view({1, 3, 1, 1});
  identity_ = fmt::format("dinov2/{}x{}/last{}/stride{}/{}/{}", width, blocks_.size(), options_.layers,
                          options_.stride_px, c10::toString(options_.precision), content_hash(weights));
  for_each_tensor([&](Tensor& tensor) { tensor = tensor.to(options_.precision).contiguous(); });
}

Dinov2Backbone::Block Dinov2Backbone::read_block(const StateDict& weights, const std::string& prefix) const {
  const auto width = class_token_.size(2);
  const auto affine = [&](const std::string& name, std::vector<std::int64_t> weight_shape) {
    Affine result{need(weights, prefix + name + ".weight"), need(weights, prefix + name + ".bias")};
    if (weight_shape[0] < 0) weight_shape[0] = result.weight.size(0);
    if (weight_shape.back() < 0) weight_shape.back() = result.weight.size(-1);
    check_shape(result.weight, prefix + name + ".weight", weight_shape);
    check_shape(result.bias, prefix + name + ".bias", {weight_shape[0]});
    return result;
  };
  Block block;
  block.norm_1 = affine("norm1", {width});
  block.qkv = affine("attn.qkv", {3 * width, width});
  block.projection = affine("attn.proj", {width, width});
  block.norm_2 = affine("norm2", {width});
  block.is_swiglu = weights.contains(prefix + "mlp.w12.weight");
  block.inner = affine(block.is_swiglu ? "mlp.w12" : "mlp.fc1", {-1, width});
  const auto hidden = block.inner.bias.size(0) / (block.is_swiglu ? 2 : 1);
  block.outer = affine(block.is_swiglu ? "mlp.w3" : "mlp.fc2", {width, hidden});
  block.scale_1 = need(weights, prefix + "ls1.gamma");
  block.scale_2 = need(weights, prefix + "ls2.gamma");
  check_shape(block.scale_1, prefix + "ls1.gamma", {width});
  check_shape(block.scale_2, prefix + "ls2.gamma", {width});
  return block;
}

template <typename Visit>
void Dinov2Backbone::for_each_tensor(const Visit& visit) {
  for (Tensor* tensor :
       {&class_token_, &register_tokens_, &positions_, &patch_weight_, &patch_bias_, &mean_, &deviation_})
    if (tensor->defined()) visit(*tensor);
  for (Block& block : blocks_) {
    for (Affine* affine :
         {&block.norm_1, &block.qkv, &block.projection, &block.norm_2, &block.inner, &block.outer}) {
      visit(affine->weight);
      visit(affine->bias);
    }
    visit(block.scale_1);
    visit(block.scale_2);
  }
}

void Dinov2Backbone::to(const torch::Device& device) {
  for_each_tensor([&](Tensor& tensor) { tensor = tensor.to(device); });
}

torch::Tensor Dinov2Backbone::position_embedding(std::int64_t rows, std::int64_t columns) const {
  const auto side = std::llround(std::sqrt(static_cast<double>(positions_.size(1) - 1)));
  if (rows == side && columns == side) return positions_;
  const Tensor grid = positions_.narrow(1, 1, side * side)
                          .to(torch::kFloat32)
                          .view({1, side, side, -1})
                          .permute({0, 3, 1, 2});
  // Called by its kernel's name: interpolate() warns about the scale factors that DINOv2 was trained with.
  const auto scale = [&](std::int64_t patches) {
    return (static_cast<double>(patches) + 0.1) / static_cast<double>(side);
  };
  const Tensor maps = register_tokens_.defined()
                          ? at::_upsample_bicubic2d_aa(grid, {rows, columns}, false)
                          : at::upsample_bicubic2d(grid, {rows, columns}, false, scale(rows), scale(columns));
  const Tensor resized = maps.permute({0, 2, 3, 1}).reshape({1, rows * columns, -1});
  return torch::cat({positions_.narrow(1, 0, 1), resized.to(positions_.scalar_type())}, 1);
}

torch::Tensor Dinov2Backbone::embed_patches(const Tensor& images) const {
  const Tensor normalised = (images.to(options_.precision) - mean_) / deviation_;
  const Tensor patches = F::conv2d(normalised, patch_weight_,
                                   F::Conv2dFuncOptions().bias(patch_bias_).stride(options_.stride_px));
  const auto batch = images.size(0);
  const Tensor tokens =
      torch::cat({class_token_.expand({batch, -1, -1}), patches.flatten(2).transpose(1, 2)}, 1);
  Tensor placed = tokens + position_embedding(patches.size(2), patches.size(3));
  if (!register_tokens_.defined()) return placed;
  return torch::cat({placed.narrow(1, 0, 1), register_tokens_.expand({batch, -1, -1}),
                     placed.narrow(1, 1, placed.size(1) - 1)},
                    1);
}

torch::Tensor Dinov2Backbone::attend(const Block& block, const Tensor& tokens) const {
  const auto batch = tokens.size(0), count = tokens.size(1), width = tokens.size(2);
  const Tensor qkv = F::linear(tokens, block.qkv.weight, block.qkv.bias)
                         .view({batch, count, 3, options_.heads, width / options_.heads})
                         .permute({2, 0, 3, 1, 4});  // [3, B, heads, N, d]
  const Tensor mixed = attention(qkv[0], qkv[1], qkv[2]).transpose(1, 2).reshape({batch, count, width});
  return F::linear(mixed, block.projection.weight, block.projection.bias);
}

torch::Tensor Dinov2Backbone::run_block(const Block& block, const Tensor& tokens) const {
  const auto normalised = [&](const Tensor& values, const Affine& norm) {
    return torch::layer_norm(values, {values.size(-1)}, norm.weight, norm.bias, kNormEpsilon);
  };
  const Tensor attended = tokens + attend(block, normalised(tokens, block.norm_1)) * block.scale_1;
  Tensor hidden = F::linear(normalised(attended, block.norm_2), block.inner.weight, block.inner.bias);
  if (block.is_swiglu) {
    const auto halves = hidden.chunk(2, -1);
    hidden = torch::silu(halves[0]) * halves[1];
  } else {
    hidden = torch::gelu(hidden);
  }
  return attended + F::linear(hidden, block.outer.weight, block.outer.bias) * block.scale_2;
}

torch::Tensor Dinov2Backbone::forward(const Tensor& images) {
  const torch::NoGradGuard no_gradients;
  if (images.dim() != 4 || images.size(1) != 3 || images.size(2) < patch_px() || images.size(3) < patch_px())
    throw std::invalid_argument(
        fmt::format("DINOv2: images must be [B, 3, H, W] with sides of {} px or more", patch_px()));
  const auto rows = (images.size(2) - patch_px()) / options_.stride_px + 1;
  const auto columns = (images.size(3) - patch_px()) / options_.stride_px + 1;
  Tensor tokens = embed_patches(images);
  std::vector<Tensor> outputs;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    tokens = run_block(blocks_[i], tokens);
    if (i + static_cast<std::size_t>(options_.layers) < blocks_.size()) continue;
    const Tensor patches = tokens.narrow(1, tokens.size(1) - rows * columns, rows * columns);
    outputs.push_back(
        patches.to(torch::kFloat32).transpose(1, 2).reshape({images.size(0), channels(), rows, columns}));
  }
  return torch::stack(outputs);
}

}  // namespace funcorr
