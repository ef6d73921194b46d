#include "train/backbone/siglip.h"

#include <stdexcept>

#include <fmt/format.h>

#include "train/weights/hugging_face_config.h"
#include "train/weights/weight_reader.h"

namespace funcorr {
namespace {

constexpr const char* kName = "SigLIP";
constexpr double kNormEpsilon = 1e-6;
constexpr int kUsualHeads = 12;  // what config.json leaves out, of the base models

constexpr Rename kBlockNames[] = {{"norm1.weight", "layer_norm1.weight"},
                                  {"norm1.bias", "layer_norm1.bias"},
                                  {"attn.proj.weight", "self_attn.out_proj.weight"},
                                  {"attn.proj.bias", "self_attn.out_proj.bias"},
                                  {"norm2.weight", "layer_norm2.weight"},
                                  {"norm2.bias", "layer_norm2.bias"},
                                  {"mlp.fc1.weight", "mlp.fc1.weight"},
                                  {"mlp.fc1.bias", "mlp.fc1.bias"},
                                  {"mlp.fc2.weight", "mlp.fc2.weight"},
                                  {"mlp.fc2.bias", "mlp.fc2.bias"}};

}  // namespace

StateDict siglip_weights(const StateDict& tensors) {
  const std::string patches = "embeddings.patch_embedding.weight",
                    places = "embeddings.position_embedding.weight";
  const auto tower = unwrapped(tensors, {patches, places});
  if (!tower)
    throw std::runtime_error("tensors \"" + patches + "\" and \"" + places +
                             "\" of SigLIP's image tower are missing; the file is " + names_of(tensors));
  const WeightReader reader(*tower, kName);
  StateDict weights;
  weights["patch_embed.proj.weight"] = reader.need(patches);
  if (weights["patch_embed.proj.weight"].dim() == 2)
    throw std::runtime_error("the model is one of SigLIP 2's NaFlex; one of a fixed size is expected");
  weights["patch_embed.proj.bias"] = reader.need("embeddings.patch_embedding.bias");
  weights["pos_embed"] = reader.read(places, {-1, -1}).unsqueeze(0);
  for (std::size_t i = 0; reader.has(fmt::format("encoder.layers.{}.layer_norm1.weight", i)); ++i) {
    const std::string from = fmt::format("encoder.layers.{}.", i), to = fmt::format("blocks.{}.", i);
    reader.rename(kBlockNames, from, to, weights);
    const std::string attention = from + "self_attn.";
    for (const char* kind : {".weight", ".bias"})
      weights[to + "attn.qkv" + kind] = reader.joined(
          {attention + "q_proj" + kind, attention + "k_proj" + kind, attention + "v_proj" + kind});
  }
  return weights;
}

int siglip_heads(const std::filesystem::path& file) {
  const HuggingFaceConfig config(file);
  if (!config)
    throw std::runtime_error(config.file().string() +
                             " is missing, which tells SigLIP's attention heads; or name the heads");
  config.expect("hidden_act", "gelu_pytorch_tanh");
  config.expect("layer_norm_eps", kNormEpsilon);
  return config.count("num_attention_heads", kUsualHeads);
}

SiglipBackbone::SiglipBackbone(const StateDict& weights, const Options& options)
    : VisionTransformer({.kind = "siglip2",
                         .name = kName,
                         .norm_epsilon = kNormEpsilon,
                         .has_layer_scale = false,
                         .gelu_by_tanh = true,
                         .mean = {0.5, 0.5, 0.5},
                         .deviation = {0.5, 0.5, 0.5}},
                        weights, options, tokens_of(weights)) {}

VisionTransformer::Tokens SiglipBackbone::tokens_of(const StateDict& weights) {
  const WeightReader reader(weights, kName);
  Tokens tokens;
  tokens.grid = reader.read("pos_embed", {1, -1, reader.need("patch_embed.proj.bias").size(0)});
  return tokens;
}

}  // namespace funcorr
