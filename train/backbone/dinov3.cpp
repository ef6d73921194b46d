#include "train/backbone/dinov3.h"

#include <stdexcept>

#include <fmt/format.h>

#include "train/weights/hugging_face_config.h"
#include "train/weights/weight_reader.h"

namespace funcorr {
namespace {

using torch::Tensor;

constexpr const char *kName = "DINOv3", *kPeriods = "rope_embed.periods";
constexpr double kNormEpsilon = 1e-5, kRotaryBase = 100;  // of all published models

constexpr Rename kTopNames[] = {{"cls_token", "embeddings.cls_token"},
                                {"patch_embed.proj.weight", "embeddings.patch_embeddings.weight"},
                                {"patch_embed.proj.bias", "embeddings.patch_embeddings.bias"}};
constexpr Rename kBlockNames[] = {{"norm1.weight", "norm1.weight"},
                                  {"norm1.bias", "norm1.bias"},
                                  {"attn.proj.weight", "attention.o_proj.weight"},
                                  {"attn.proj.bias", "attention.o_proj.bias"},
                                  {"ls1.gamma", "layer_scale1.lambda1"},
                                  {"norm2.weight", "norm2.weight"},
                                  {"norm2.bias", "norm2.bias"},
                                  {"ls2.gamma", "layer_scale2.lambda1"}};

struct MlpNames {
  const char *up, *down, *gate;
};
constexpr MlpNames kOfficialMlp{"mlp.fc1", "mlp.fc2", nullptr}, kOfficialGated{"mlp.w2", "mlp.w3", "mlp.w1"},
    kTheirMlp{"mlp.up_proj", "mlp.down_proj", nullptr},
    kTheirGated{"mlp.up_proj", "mlp.down_proj", "mlp.gate_proj"};

// Under DINOv2's names, where the gate and what it opens are one tensor.
void read_mlp(const WeightReader& reader, const std::string& from, const MlpNames& names,
              const std::string& to, StateDict& weights) {
  for (const char* kind : {".weight", ".bias"}) {
    const std::string up = from + names.up + kind;
    if (names.gate)
      weights[to + "mlp.w12" + kind] = reader.joined({from + names.gate + kind, up});
    else
      weights[to + "mlp.fc1" + kind] = reader.need(up);
    weights[to + (names.gate ? "mlp.w3" : "mlp.fc2") + kind] = reader.need(from + names.down + kind);
  }
}

std::string block_name(std::size_t i) { return fmt::format("blocks.{}.", i); }

// Without bias in the 7B; keys have none where a mask takes it out.
Tensor official_bias(const WeightReader& reader, const std::string& attention) {
  if (!reader.has(block_name(0) + "attn.qkv.bias")) {
    const Tensor& weight = reader.need(attention + "qkv.weight");
    return torch::zeros({weight.size(0)}, weight.options());
  }
  const Tensor& bias = reader.need(attention + "qkv.bias");
  const std::string mask = attention + "qkv.bias_mask";
  return reader.has(mask) ? bias * reader.read(mask, {bias.size(0)}).to(bias.scalar_type()) : bias;
}

StateDict from_official(const StateDict& tensors) {
  const WeightReader reader(tensors, kName);
  StateDict weights;
  for (const Rename& name : kTopNames) weights[name.ours] = reader.need(name.ours);
  weights[kPeriods] = reader.need(kPeriods);
  if (reader.has("storage_tokens")) weights["register_tokens"] = reader.need("storage_tokens");
  for (std::size_t i = 0; reader.has(block_name(i) + "norm1.weight"); ++i) {
    const std::string block = block_name(i);
    for (const Rename& name : kBlockNames) weights[block + name.ours] = reader.need(block + name.ours);
    weights[block + "attn.qkv.weight"] = reader.need(block + "attn.qkv.weight");
    weights[block + "attn.qkv.bias"] = official_bias(reader, block + "attn.");
    read_mlp(reader, block, reader.has(block + "mlp.w1.weight") ? kOfficialGated : kOfficialMlp, block,
             weights);
  }
  return weights;
}

// Periods of a head's rotary positions, base^(4 i / d), [d/4].
Tensor rotary_periods(const HuggingFaceConfig& config, std::int64_t width, int heads) {
  if (heads == 0) heads = config.count("num_attention_heads", 0);
  if (heads < 1)
    throw std::runtime_error(
        fmt::format("{} must tell \"num_attention_heads\", which the weights do not; or name the heads",
                    config.file().string()));
  if (width % (4L * heads) != 0)
    throw std::invalid_argument(
        fmt::format("{}: width {} does not divide into {} heads of 4 n channels", kName, width, heads));
  const auto periods = width / (4L * heads);
  return torch::pow(config.number("rope_theta", kRotaryBase),
                    torch::arange(periods, torch::kFloat64) / static_cast<double>(periods))
      .to(torch::kFloat32);
}

StateDict from_hugging_face(const StateDict& tensors, const std::filesystem::path& file, int heads) {
  const HuggingFaceConfig config(file);
  config.expect("layer_norm_eps", kNormEpsilon);
  const WeightReader reader(tensors, kName);
  StateDict weights;
  reader.rename(kTopNames, "", "", weights);
  weights[kPeriods] = rotary_periods(config, weights.at("cls_token").size(-1), heads);
  if (reader.has("embeddings.register_tokens"))
    weights["register_tokens"] = reader.need("embeddings.register_tokens");
  // Later versions of the library nest the encoder.
  const std::string layer = reader.has("model.layer.0.norm1.weight") ? "model.layer." : "layer.";
  for (std::size_t i = 0; reader.has(layer + std::to_string(i) + ".norm1.weight"); ++i) {
    const std::string from = layer + std::to_string(i) + ".", to = block_name(i);
    reader.rename(kBlockNames, from, to, weights);
    std::vector<Tensor> projections, biases;
    for (const std::string part : {"attention.q_proj", "attention.k_proj", "attention.v_proj"}) {
      const Tensor& weight = projections.emplace_back(reader.need(from + part + ".weight"));
      const bool has_bias = reader.has(layer + "0." + part + ".bias");
      biases.push_back(has_bias ? reader.need(from + part + ".bias")
                                : torch::zeros({weight.size(0)}, weight.options()));
    }
    weights[to + "attn.qkv.weight"] = torch::cat(projections);
    weights[to + "attn.qkv.bias"] = torch::cat(biases);
    read_mlp(reader, from, reader.has(from + "mlp.gate_proj.weight") ? kTheirGated : kTheirMlp, to, weights);
  }
  return weights;
}

}  // namespace

StateDict dinov3_weights(const StateDict& tensors, const std::filesystem::path& file, int heads) {
  if (const auto official = unwrapped(tensors, {"cls_token", kPeriods})) return from_official(*official);
  if (const auto theirs = unwrapped(tensors, {"embeddings.cls_token", "embeddings.patch_embeddings.weight"}))
    return from_hugging_face(*theirs, file, heads);
  throw std::runtime_error("tensors \"cls_token\" and \"" + std::string(kPeriods) +
                           "\" of DINOv3's ViT are missing; the file is " + names_of(tensors));
}

Dinov3Backbone::Dinov3Backbone(const StateDict& weights, const Options& options)
    : VisionTransformer({.kind = "dinov3",
                         .name = kName,
                         .norm_epsilon = kNormEpsilon,
                         .mean = kImageNetMean,
                         .deviation = kImageNetDeviation},
                        weights, with_heads(options, weights), tokens_of(weights)) {}

VisionTransformer::Options Dinov3Backbone::with_heads(Options options, const StateDict& weights) {
  const WeightReader reader(weights, kName);
  const auto periods = reader.read(kPeriods, {-1}).size(0);
  if (periods == 0) throw std::runtime_error(fmt::format("tensor \"{}\" of {} is empty", kPeriods, kName));
  if (options.heads == 0)
    options.heads = static_cast<int>(reader.read("cls_token", {1, 1, -1}).size(2) / (4 * periods));
  return options;
}

VisionTransformer::Tokens Dinov3Backbone::tokens_of(const StateDict& weights) {
  const WeightReader reader(weights, kName);
  Tokens tokens;
  tokens.prefix = reader.read("cls_token", {1, 1, -1});
  if (reader.has("register_tokens"))
    tokens.prefix =
        torch::cat({tokens.prefix, reader.read("register_tokens", {1, -1, tokens.prefix.size(2)})}, 1);
  tokens.periods = reader.read(kPeriods, {-1});
  return tokens;
}

}  // namespace funcorr
