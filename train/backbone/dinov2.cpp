#include "train/backbone/dinov2.h"

#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "train/weights/weight_reader.h"

namespace funcorr {
namespace {

using torch::Tensor;

constexpr const char* kName = "DINOv2";
constexpr int kHeadWidth = 64;  // of all published models

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
constexpr Rename kMlpNames[] = {{"mlp.fc1.weight", "mlp.fc1.weight"},
                                {"mlp.fc1.bias", "mlp.fc1.bias"},
                                {"mlp.fc2.weight", "mlp.fc2.weight"},
                                {"mlp.fc2.bias", "mlp.fc2.bias"}};
constexpr Rename kSwigluNames[] = {{"mlp.w12.weight", "mlp.weights_in.weight"},
                                   {"mlp.w12.bias", "mlp.weights_in.bias"},
                                   {"mlp.w3.weight", "mlp.weights_out.weight"},
                                   {"mlp.w3.bias", "mlp.weights_out.bias"}};

StateDict from_hugging_face(const StateDict& tensors) {
  const WeightReader reader(tensors, kName);
  StateDict official;
  reader.rename(kTopNames, "", "", official);
  if (reader.has("embeddings.register_tokens"))
    official["register_tokens"] = reader.need("embeddings.register_tokens");
  for (int i = 0; reader.has(fmt::format("encoder.layer.{}.norm1.weight", i)); ++i) {
    const std::string from = fmt::format("encoder.layer.{}.", i), to = fmt::format("blocks.{}.", i);
    reader.rename(kBlockNames, from, to, official);
    if (reader.has(from + "mlp.weights_in.weight"))
      reader.rename(kSwigluNames, from, to, official);
    else
      reader.rename(kMlpNames, from, to, official);
    const std::string attention = from + "attention.attention.";
    for (const char* kind : {".weight", ".bias"})
      official[to + "attn.qkv" + kind] =
          reader.joined({attention + "query" + kind, attention + "key" + kind, attention + "value" + kind});
  }
  return official;
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

Dinov2Backbone::Dinov2Backbone(const StateDict& weights, const Options& options)
    : VisionTransformer(
          {.kind = "dinov2", .name = kName, .mean = kImageNetMean, .deviation = kImageNetDeviation}, weights,
          with_heads(options, weights), tokens_of(weights)) {}

VisionTransformer::Options Dinov2Backbone::with_heads(Options options, const StateDict& weights) {
  if (options.heads == 0)
    options.heads = static_cast<int>(WeightReader(weights, kName).need("cls_token").size(-1) / kHeadWidth);
  return options;
}

VisionTransformer::Tokens Dinov2Backbone::tokens_of(const StateDict& weights) {
  const WeightReader reader(weights, kName);
  const Tensor class_token = reader.read("cls_token", {1, 1, -1}).to(torch::kFloat32);
  const Tensor positions = reader.read("pos_embed", {1, -1, class_token.size(2)}).to(torch::kFloat32);
  Tokens tokens;
  tokens.prefix = class_token + positions.narrow(1, 0, 1);
  tokens.grid = positions.narrow(1, 1, positions.size(1) - 1);
  tokens.resize = GridResize::kBicubicOffset;
  if (!reader.has("register_tokens")) return tokens;
  tokens.prefix =
      torch::cat({tokens.prefix, reader.read("register_tokens", {1, -1, class_token.size(2)})}, 1);
  tokens.resize = GridResize::kBicubicAntialiased;
  return tokens;
}

}  // namespace funcorr
