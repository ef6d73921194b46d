#include "train/model/functional_model.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "train/weights/state_dict.h"

namespace funcorr {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

// In float32 at least, also of what a matrix product of less precision gave.
Tensor l2_normalised(const Tensor& values, int dimension) {
  return F::normalize(values.element_size() < 4 ? values.to(torch::kFloat32) : values,
                      F::NormalizeFuncOptions().dim(dimension));
}

// An intermediate module, so that names have the release's prefixes.
struct Namespace : torch::nn::Module {};

}  // namespace

torch::Tensor sample_at_pixels(const Tensor& maps, const Tensor& pixels_xy, int image_px) {
  const Tensor grid = (pixels_xy.to(maps.scalar_type()) * (2.0 / image_px) - 1).unsqueeze(1);  // [B, 1, N, 2]
  const Tensor sampled = F::grid_sample(
      maps, grid,
      F::GridSampleFuncOptions().mode(torch::kBilinear).padding_mode(torch::kZeros).align_corners(false));
  return sampled.squeeze(2).transpose(1, 2);
}

FunctionalModelImpl::FunctionalModelImpl(const ModelConfig& config, const Tensor& text_features)
    : functions_(config.functions),
      projection_(
          torch::nn::LinearOptions(config.backbone_channels, config.head.token_dimension).bias(false)),
      layer_0_(nullptr),
      layer_2_(config.head.hidden_dimension, config.head.hidden_dimension),
      layer_4_(torch::nn::LinearOptions(config.head.hidden_dimension, config.head.embedding_dimension)
                   .bias(false)) {
  if (config.backbone_channels < 1 || config.backbone_layers < 1 || functions_.empty())
    throw std::invalid_argument(
        "functional model: the backbone's channels and layers, and functions, are needed");
  const auto rows = static_cast<std::int64_t>(functions_.size());
  if (text_features.defined() && (text_features.dim() != 2 || text_features.size(0) != rows))
    throw std::invalid_argument("functional model: one text feature per function is needed");
  if (text_features.defined())
    function_text_ = register_buffer("function_text", text_features.clone());
  else
    function_text_ = register_parameter(
        "function_text", torch::randn({rows, config.text.dimension}) / std::sqrt(config.text.dimension));
  layer_0_ =
      torch::nn::Linear(config.head.token_dimension + function_text_.size(1), config.head.hidden_dimension);

  const auto embedder = register_module("image_embedder", std::make_shared<Namespace>());
  block_weights_ = embedder->register_parameter("w", torch::randn({config.backbone_layers}));
  embedder->register_module("lin_proj", projection_);
  const auto conditioner = register_module("mlp_conditioner", std::make_shared<Namespace>());
  const auto mlp = conditioner->register_module("mlp", std::make_shared<Namespace>());
  mlp->register_module("0", layer_0_);
  mlp->register_module("2", layer_2_);
  mlp->register_module("4", layer_4_);
  if (config.head.mask)
    mask_projection_ =
        register_module("mask_projection", torch::nn::Linear(config.head.embedding_dimension, 1));
  if (config.head.shortcut) {
    shortcut_ = register_module(
        "shortcut", torch::nn::Linear(
                        torch::nn::LinearOptions(config.head.token_dimension, config.head.embedding_dimension)
                            .bias(false)));
    const torch::NoGradGuard no_gradients;
    torch::nn::init::orthogonal_(shortcut_->weight);
    layer_4_->weight.zero_();
  }
}

torch::Tensor FunctionalModelImpl::projected(const Tensor& features) {
  // The weighted sum and the projection commute; the sum first needs one projection instead of L. Block by
  // block it needs no copy of all blocks in single precision.
  const Tensor weights = block_weights_.softmax(0);
  Tensor mixed = features[0] * weights.narrow(0, 0, 1);
  for (std::int64_t block = 1; block < features.size(0); ++block)
    mixed = mixed + features[block] * weights.narrow(0, block, 1);
  return l2_normalised(projection_->forward(mixed), -1);
}

torch::Tensor FunctionalModelImpl::tokens(const Tensor& features) {
  return projected(features.permute({0, 1, 3, 4, 2})).permute({0, 3, 1, 2});
}

torch::Tensor FunctionalModelImpl::tokens_at(const ImageFeatures& features, const Tensor& pixels_xy) {
  if (features.maps.defined()) return sample_at_pixels(tokens(features.maps), pixels_xy);
  return torch::bmm(features.bilinear, projected(features.rows));
}

torch::Tensor FunctionalModelImpl::text(const Tensor& functions) {
  return function_text_.index_select(0, functions);
}

torch::Tensor FunctionalModelImpl::image_half(const Tensor& sampled) const {
  return sampled.matmul(layer_0_->weight.narrow(1, 0, projection_->weight.size(0)).t());
}

torch::Tensor FunctionalModelImpl::text_half(const Tensor& text) const {
  const auto tokens = projection_->weight.size(0);
  return F::linear(text, layer_0_->weight.narrow(1, tokens, layer_0_->weight.size(1) - tokens),
                   layer_0_->bias);
}

torch::Tensor FunctionalModelImpl::upper_layers(Tensor hidden, const Tensor& direct) const {
  const Tensor second = F::linear(hidden.relu_(), layer_2_->weight, layer_2_->bias).relu_();
  const Tensor embedding = F::linear(second, layer_4_->weight);
  return l2_normalised(direct.defined() ? embedding + direct : embedding, -1);
}

torch::Tensor FunctionalModelImpl::embed(const Tensor& sampled, const Tensor& text) {
  return upper_layers(image_half(sampled).add_(text_half(text).unsqueeze(1)),
                      shortcut_.is_empty() ? Tensor() : shortcut_->forward(sampled));
}

torch::Tensor FunctionalModelImpl::mask_logits(const Tensor& embeddings) {
  if (!has_mask_head()) throw std::logic_error("functional model: there is no mask head");
  return mask_projection_->forward(embeddings).squeeze(-1);
}

torch::Tensor FunctionalModelImpl::embed_pixels(const Tensor& tokens, const Tensor& text,
                                                const Tensor& pixels_xy) {
  constexpr std::int64_t kBlock = 8192;  // pixels at once: 2 × 32 MB of hidden values
  const torch::NoGradGuard no_gradients;
  const auto map_of = [](const Tensor& rows) { return rows.permute({2, 0, 1}).unsqueeze(0); };
  const Tensor rows = tokens.permute({1, 2, 0});
  const Tensor hidden_map = map_of(image_half(rows));
  const Tensor direct_map = shortcut_.is_empty() ? Tensor() : map_of(F::linear(rows, shortcut_->weight));
  const Tensor bias = text_half(text);
  const auto count = pixels_xy.size(0);
  Tensor result = torch::empty({count, layer_4_->weight.size(0)}, tokens.options());
  for (std::int64_t first = 0; first < count; first += kBlock) {
    const auto length = std::min(kBlock, count - first);
    const Tensor pixels = pixels_xy.narrow(0, first, length).unsqueeze(0);
    const auto sampled = [&](const Tensor& map) { return sample_at_pixels(map, pixels).squeeze(0); };
    result.narrow(0, first, length)
        .copy_(
            upper_layers(sampled(hidden_map) + bias, direct_map.defined() ? sampled(direct_map) : Tensor()));
  }
  return result;
}

torch::Tensor FunctionalModelImpl::embed_dense(const Tensor& tokens, const Tensor& text, int image_px) {
  return embed_pixels(tokens, text, all_pixels(image_px, tokens.device()).squeeze(0));
}

int FunctionalModelImpl::function_index(const std::string& function) const {
  const auto found = std::find(functions_.begin(), functions_.end(), function);
  if (found != functions_.end()) return static_cast<int>(found - functions_.begin());
  std::string known;
  for (const std::string& name : functions_) known += (known.empty() ? "" : ", ") + name;
  throw std::runtime_error("function \"" + function + "\" is not one the model was trained for: " + known);
}

std::vector<std::pair<std::string, torch::Tensor>> named_tensors(const FunctionalModelImpl& model) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (const auto& item : model.named_parameters()) tensors.emplace_back(item.key(), item.value());
  for (const auto& item : model.named_buffers()) tensors.emplace_back(item.key(), item.value());
  return tensors;
}

void load_tensors(FunctionalModelImpl& model, const std::map<std::string, Tensor>& tensors) {
  const torch::NoGradGuard no_gradients;
  for (auto& [name, tensor] : named_tensors(model)) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) throw std::runtime_error("tensor \"" + name + "\" is missing");
    if (found->second.sizes() != tensor.sizes())
      throw std::runtime_error("tensor \"" + name + "\" has the shape " + c10::str(found->second.sizes()) +
                               " where the model has " + c10::str(tensor.sizes()));
    Tensor target = tensor;
    target.copy_(found->second);
  }
}

std::map<std::string, Tensor> load_checkpoint_tensors(const std::filesystem::path& checkpoint) {
  const StateDict tensors = load_state_dict(checkpoint);
  return unwrapped(tensors, {"image_embedder.w", "image_embedder.lin_proj.weight"}).value_or(tensors);
}

torch::Tensor plain_tokens(const Tensor& features) { return l2_normalised(features.mean(0), 1); }

torch::Tensor plain_descriptors(const Tensor& tokens, const Tensor& pixels_xy, int image_px) {
  return l2_normalised(sample_at_pixels(tokens, pixels_xy, image_px), -1);
}

torch::Tensor all_pixels(int image_px, const torch::Device& device) {
  const Tensor line = torch::arange(image_px, torch::TensorOptions(device).dtype(torch::kFloat32));
  const Tensor x = line.view({1, -1}).expand({image_px, image_px});
  const Tensor y = line.view({-1, 1}).expand({image_px, image_px});
  return torch::stack({x, y}, -1).reshape({1, -1, 2});
}

}  // namespace funcorr
