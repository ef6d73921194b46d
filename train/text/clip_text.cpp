#include "train/text/clip_text.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "train/weights/weight_reader.h"

namespace funcorr {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

constexpr const char* kName = "CLIP's text tower";
constexpr double kNormEpsilon = 1e-5;
constexpr int kHeadWidth = 64;

constexpr Rename kTopNames[] = {{"token_embedding.weight", "text_model.embeddings.token_embedding.weight"},
                                {"positional_embedding", "text_model.embeddings.position_embedding.weight"},
                                {"ln_final.weight", "text_model.final_layer_norm.weight"},
                                {"ln_final.bias", "text_model.final_layer_norm.bias"}};
constexpr Rename kBlockNames[] = {{"ln_1.weight", "layer_norm1.weight"},
                                  {"ln_1.bias", "layer_norm1.bias"},
                                  {"ln_2.weight", "layer_norm2.weight"},
                                  {"ln_2.bias", "layer_norm2.bias"},
                                  {"attn.out_proj.weight", "self_attn.out_proj.weight"},
                                  {"attn.out_proj.bias", "self_attn.out_proj.bias"},
                                  {"mlp.c_fc.weight", "mlp.fc1.weight"},
                                  {"mlp.c_fc.bias", "mlp.fc1.bias"},
                                  {"mlp.c_proj.weight", "mlp.fc2.weight"},
                                  {"mlp.c_proj.bias", "mlp.fc2.bias"}};

StateDict from_hugging_face(const StateDict& tensors) {
  const WeightReader reader(tensors, kName);
  StateDict official;
  reader.rename(kTopNames, "", "", official);
  official["text_projection"] = reader.need("text_projection.weight").t();
  for (int i = 0; reader.has(fmt::format("text_model.encoder.layers.{}.layer_norm1.weight", i)); ++i) {
    const std::string from = fmt::format("text_model.encoder.layers.{}.", i);
    const std::string to = fmt::format("transformer.resblocks.{}.", i);
    reader.rename(kBlockNames, from, to, official);
    const std::string attention = from + "self_attn.";
    for (const std::string kind : {"weight", "bias"})
      official[to + "attn.in_proj_" + kind] = reader.joined(
          {attention + "q_proj." + kind, attention + "k_proj." + kind, attention + "v_proj." + kind});
  }
  return official;
}

}  // namespace

StateDict clip_text_weights(const StateDict& tensors) {
  if (const auto official = unwrapped(tensors, {"token_embedding.weight", "positional_embedding"}))
    return *official;
  if (const auto theirs = unwrapped(tensors, {"text_model.embeddings.token_embedding.weight"}))
    return from_hugging_face(*theirs);
  throw std::runtime_error(
      "tensors \"token_embedding.weight\" and \"positional_embedding\" of CLIP's text tower are missing; the "
      "file is " +
      names_of(tensors));
}

ClipTextTower::ClipTextTower(const StateDict& weights, int heads) {
  const WeightReader reader(weights, kName);
  const auto read = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
    return reader.read(name, shape).to(torch::kFloat32);
  };
  positions_ = read("positional_embedding", {-1, -1});
  const auto width = positions_.size(1);
  embedding_ = read("token_embedding.weight", {-1, width});
  final_weight_ = read("ln_final.weight", {width});
  final_bias_ = read("ln_final.bias", {width});
  projection_ = read("text_projection", {width, -1});
  heads_ = heads > 0 ? heads : static_cast<int>(width / kHeadWidth);
  if (heads_ < 1 || width % heads_ != 0)
    throw std::runtime_error(
        fmt::format("CLIP's text tower: width {} does not divide into {} heads", width, heads_));
  for (int i = 0; weights.contains(fmt::format("transformer.resblocks.{}.ln_1.weight", i)); ++i) {
    const auto member = [&](const char* name, const std::vector<std::int64_t>& shape) {
      return read(fmt::format("transformer.resblocks.{}.{}", i, name), shape);
    };
    Block block;
    block.norm_1_weight = member("ln_1.weight", {width});
    block.norm_1_bias = member("ln_1.bias", {width});
    block.qkv_weight = member("attn.in_proj_weight", {3 * width, width});
    block.qkv_bias = member("attn.in_proj_bias", {3 * width});
    block.out_weight = member("attn.out_proj.weight", {width, width});
    block.out_bias = member("attn.out_proj.bias", {width});
    block.norm_2_weight = member("ln_2.weight", {width});
    block.norm_2_bias = member("ln_2.bias", {width});
    block.inner_weight = member("mlp.c_fc.weight", {-1, width});
    block.inner_bias = member("mlp.c_fc.bias", {block.inner_weight.size(0)});
    block.outer_weight = member("mlp.c_proj.weight", {width, block.inner_weight.size(0)});
    block.outer_bias = member("mlp.c_proj.bias", {width});
    blocks_.push_back(block);
  }
  if (blocks_.empty()) throw std::runtime_error("CLIP's text tower: there are no transformer blocks");
}

torch::Tensor ClipTextTower::run_block(const Block& block, const Tensor& tokens, const Tensor& causal) const {
  const auto batch = tokens.size(0), count = tokens.size(1), width = tokens.size(2);
  const std::int64_t head_width = width / heads_;
  const Tensor normalised =
      torch::layer_norm(tokens, {width}, block.norm_1_weight, block.norm_1_bias, kNormEpsilon);
  const Tensor qkv = F::linear(normalised, block.qkv_weight, block.qkv_bias)
                         .view({batch, count, 3, heads_, head_width})
                         .permute({2, 0, 3, 1, 4});  // [3, B, heads, N, d]
  const double scale = 1 / std::sqrt(static_cast<double>(head_width));
  const Tensor weights = (torch::matmul(qkv[0] * scale, qkv[1].transpose(2, 3)) + causal).softmax(-1);
  const Tensor mixed = torch::matmul(weights, qkv[2]).transpose(1, 2).reshape({batch, count, width});
  const Tensor attended = tokens + F::linear(mixed, block.out_weight, block.out_bias);
  const Tensor inner =
      F::linear(torch::layer_norm(attended, {width}, block.norm_2_weight, block.norm_2_bias, kNormEpsilon),
                block.inner_weight, block.inner_bias);
  const Tensor activated = inner * torch::sigmoid(1.702 * inner);  // "quick" GELU
  return attended + F::linear(activated, block.outer_weight, block.outer_bias);
}

torch::Tensor ClipTextTower::forward(const Tensor& tokens) const {
  const torch::NoGradGuard no_gradients;
  const auto count = tokens.size(1);
  if (tokens.dim() != 2 || count > positions_.size(0) ||
      tokens.max().item<std::int64_t>() >= embedding_.size(0))
    throw std::invalid_argument("CLIP's text tower: the tokens do not fit its vocabulary or length");
  Tensor values = embedding_.index_select(0, tokens.reshape({-1})).view({tokens.size(0), count, -1}) +
                  positions_.narrow(0, 0, count);
  const Tensor causal =
      torch::full({count, count}, -std::numeric_limits<float>::infinity(), torch::kFloat32).triu(1);
  for (const Block& block : blocks_) values = run_block(block, values, causal);
  const Tensor normalised =
      torch::layer_norm(values, {values.size(2)}, final_weight_, final_bias_, kNormEpsilon);
  const Tensor rows = torch::arange(tokens.size(0), torch::kInt64);
  return normalised.index({rows, tokens.argmax(1)}).matmul(projection_);
}

}  // namespace funcorr
