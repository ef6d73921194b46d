#include "train/backbone/vision_transformer.h"

#include <cmath>
#include <numbers>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "train/backbone/attention.h"
#include "train/weights/weight_reader.h"

namespace funcorr {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

constexpr int kHeadWidth = 64;  // of most published models

std::int64_t side_of(const Tensor& grid) {
  return std::llround(std::sqrt(static_cast<double>(grid.size(1))));
}

Tensor of_channels(const std::array<double, 3>& values) {
  return torch::tensor({values[0], values[1], values[2]}, torch::kFloat32).view({1, 3, 1, 1});
}

// Channels i and i + d/2 are the two coordinates of what turns. [B, heads, N, d] by [N, d].
Tensor turned(const Tensor& values, const Tensor& cosine, const Tensor& sine) {
  const auto halves = values.chunk(2, -1);
  return (values * cosine + torch::cat({-halves[1], halves[0]}, -1) * sine).to(values.scalar_type());
}

}  // namespace

VisionTransformer::VisionTransformer(const Architecture& architecture, const StateDict& weights,
                                     const Options& options, Tokens tokens)
    : architecture_(architecture), options_(options), tokens_(std::move(tokens)) {
  const WeightReader reader(weights, architecture.name);
  const auto patch = reader.read("patch_embed.proj.weight", {-1, 3, -1, -1}).size(2);
  patch_.weight = reader.read("patch_embed.proj.weight", {-1, 3, patch, patch});
  patch_.bias = reader.read("patch_embed.proj.bias", {patch_.weight.size(0)});
  if (options_.stride_px == 0) options_.stride_px = patch_px();
  for (std::size_t i = 0; reader.has(fmt::format("blocks.{}.norm1.weight", i)); ++i)
    blocks_.push_back(read_block(weights, fmt::format("blocks.{}.", i)));
  check();

  mean_ = of_channels(architecture.mean);
  deviation_ = of_channels(architecture.deviation);
  const bool is_usual = options_.heads * kHeadWidth == channels();
  identity_ = fmt::format("{}/{}x{}{}/last{}/stride{}/{}/{}", architecture.kind, channels(), blocks_.size(),
                          is_usual ? "" : fmt::format("/heads{}", options_.heads), options_.layers,
                          options_.stride_px, c10::toString(options_.precision), content_hash(weights));
  for_each_tensor([&](Tensor& tensor) { tensor = tensor.to(options_.precision).contiguous(); });
  if (tokens_.periods.defined()) tokens_.periods = tokens_.periods.to(torch::kFloat32);
}

void VisionTransformer::check() const {
  const std::string name = architecture_.name;
  for (const auto& [what, tensor] : {std::pair("class and register tokens", &tokens_.prefix),
                                     std::pair("positions of patches", &tokens_.grid)})
    if (tensor->defined() && tensor->size(2) != channels())
      throw std::runtime_error(fmt::format("{}: its {} have {} channels, its patches {}", name, what,
                                           tensor->size(2), channels()));
  if (options_.heads < 1 || channels() % options_.heads != 0)
    throw std::invalid_argument(
        fmt::format("{}: width {} does not divide into {} heads", name, channels(), options_.heads));
  if (options_.stride_px < 1 || options_.stride_px > patch_px())
    throw std::invalid_argument(
        fmt::format("{}: a stride of {} px; 1 … {} is allowed", name, options_.stride_px, patch_px()));
  if (options_.layers < 1 || static_cast<std::size_t>(options_.layers) > blocks_.size())
    throw std::invalid_argument(
        fmt::format("{}: {} blocks asked of {}", name, options_.layers, blocks_.size()));
  if (const Tensor& grid = tokens_.grid;
      grid.defined() && (side_of(grid) < 1 || side_of(grid) * side_of(grid) != grid.size(1)))
    throw std::runtime_error(
        fmt::format("{}: {} position embeddings are no square grid", name, grid.size(1)));
  if (tokens_.periods.defined() && tokens_.periods.size(0) * 4 * options_.heads != channels())
    throw std::invalid_argument(fmt::format("{}: {} rotary periods do not fit {} heads of {} channels", name,
                                            tokens_.periods.size(0), options_.heads,
                                            channels() / options_.heads));
}

VisionTransformer::Block VisionTransformer::read_block(const StateDict& weights,
                                                       const std::string& prefix) const {
  const WeightReader reader(weights, architecture_.name);
  const std::int64_t width = channels();
  const auto affine = [&](const std::string& name, const std::vector<std::int64_t>& weight_shape) {
    const Tensor& weight = reader.read(prefix + name + ".weight", weight_shape);
    return Affine{weight, reader.read(prefix + name + ".bias", {weight.size(0)})};
  };
  Block block;
  block.norm_1 = affine("norm1", {width});
  block.qkv = affine("attn.qkv", {3 * width, width});
  block.projection = affine("attn.proj", {width, width});
  block.norm_2 = affine("norm2", {width});
  block.is_swiglu = reader.has(prefix + "mlp.w12.weight");
  block.inner = affine(block.is_swiglu ? "mlp.w12" : "mlp.fc1", {-1, width});
  const auto hidden = block.inner.bias.size(0) / (block.is_swiglu ? 2 : 1);
  if (block.is_swiglu && block.inner.bias.size(0) % 2 != 0)
    throw std::runtime_error(
        fmt::format("tensor \"{}mlp.w12.bias\" of {} has no even length", prefix, architecture_.name));
  block.outer = affine(block.is_swiglu ? "mlp.w3" : "mlp.fc2", {width, hidden});
  if (!architecture_.has_layer_scale) return block;
  block.scale_1 = reader.read(prefix + "ls1.gamma", {width});
  block.scale_2 = reader.read(prefix + "ls2.gamma", {width});
  return block;
}

// All but the rotary periods, which stay float.
template <typename Visit>
void VisionTransformer::for_each_tensor(const Visit& visit) {
  const auto visit_all = [&](std::initializer_list<Tensor*> tensors) {
    for (Tensor* tensor : tensors)
      if (tensor->defined()) visit(*tensor);
  };
  visit_all({&tokens_.prefix, &tokens_.grid, &patch_.weight, &patch_.bias, &mean_, &deviation_});
  for (Block& block : blocks_) {
    for (Affine* affine :
         {&block.norm_1, &block.qkv, &block.projection, &block.norm_2, &block.inner, &block.outer})
      visit_all({&affine->weight, &affine->bias});
    visit_all({&block.scale_1, &block.scale_2});
  }
}

void VisionTransformer::to(const torch::Device& device) {
  for_each_tensor([&](Tensor& tensor) { tensor = tensor.to(device); });
  if (tokens_.periods.defined()) tokens_.periods = tokens_.periods.to(device);
}

torch::Tensor VisionTransformer::grid_of(std::int64_t rows, std::int64_t columns) const {
  const auto side = side_of(tokens_.grid);
  if (rows == side && columns == side) return tokens_.grid;
  const Tensor grid = tokens_.grid.to(torch::kFloat32).view({1, side, side, -1}).permute({0, 3, 1, 2});
  const auto resized = [&] {
    // Called by its kernel's name: interpolate() warns about the scale factors that DINOv2 was trained with.
    const auto scale = [&](std::int64_t patches) {
      return (static_cast<double>(patches) + 0.1) / static_cast<double>(side);
    };
    switch (tokens_.resize) {
      case GridResize::kBicubic:
        return at::upsample_bicubic2d(grid, {rows, columns}, false);
      case GridResize::kBicubicAntialiased:
        return at::_upsample_bicubic2d_aa(grid, {rows, columns}, false);
      case GridResize::kBicubicOffset:
        return at::upsample_bicubic2d(grid, {rows, columns}, false, scale(rows), scale(columns));
    }
    throw std::logic_error("no such resize");
  };
  return resized().permute({0, 2, 3, 1}).reshape({1, rows * columns, -1}).to(tokens_.grid.scalar_type());
}

torch::Tensor VisionTransformer::with_places(const Tensor& patches) const {
  Tensor tokens = patches.flatten(2).transpose(1, 2);
  if (tokens_.grid.defined()) tokens = tokens + grid_of(patches.size(2), patches.size(3));
  if (!tokens_.prefix.defined()) return tokens;
  return torch::cat({tokens_.prefix.expand({patches.size(0), -1, -1}), tokens}, 1);
}

// Rotary positions of DINOv3 (Siméoni et al. 2025, section 3.2; axial as in Heo et al. 2024): a patch's
// centre, each coordinate −1 … 1 over what the patches cover, turns by 2π · coordinate / period; the first
// quarter of a head's channels by y, the second by x, and their partners half a head further. Tokens before
// the patches stay. Where patches overlap, their true centres are taken.
VisionTransformer::Rotation VisionTransformer::rotation(std::int64_t rows, std::int64_t columns) const {
  if (!tokens_.periods.defined()) return {};
  const Tensor& periods = tokens_.periods;
  const auto centres = [&](std::int64_t count) {
    const double reach = static_cast<double>((count - 1) * options_.stride_px + patch_px());
    return torch::arange(count, periods.options()) * (2 * options_.stride_px / reach) +
           (patch_px() / reach - 1);
  };
  const auto turns = [&](const Tensor& coordinate) {
    return (coordinate.unsqueeze(-1) / periods).expand({rows, columns, -1});
  };
  const Tensor angles =
      torch::cat({turns(centres(rows).view({rows, 1})), turns(centres(columns).view({1, columns}))}, -1)
          .mul(2 * std::numbers::pi)
          .reshape({rows * columns, -1})
          .repeat({1, 2});
  const auto prefix = tokens_.prefix.defined() ? tokens_.prefix.size(1) : 0;
  const Tensor still = torch::zeros({prefix, angles.size(1)}, periods.options());
  const Tensor all = torch::cat({still, angles});
  return {all.cos(), all.sin()};
}

torch::Tensor VisionTransformer::attend(const Block& block, const Tensor& tokens,
                                        const Rotation& rotation) const {
  const auto batch = tokens.size(0), count = tokens.size(1), width = tokens.size(2);
  const Tensor qkv = F::linear(tokens, block.qkv.weight, block.qkv.bias)
                         .view({batch, count, 3, options_.heads, width / options_.heads})
                         .permute({2, 0, 3, 1, 4});  // [3, B, heads, N, d]
  const auto placed = [&](const Tensor& values) {
    return rotation.cosine.defined() ? turned(values, rotation.cosine, rotation.sine) : values;
  };
  const Tensor mixed =
      attention(placed(qkv[0]), placed(qkv[1]), qkv[2]).transpose(1, 2).reshape({batch, count, width});
  return F::linear(mixed, block.projection.weight, block.projection.bias);
}

torch::Tensor VisionTransformer::run_block(const Block& block, const Tensor& tokens,
                                           const Rotation& rotation) const {
  const auto normalised = [&](const Tensor& values, const Affine& norm) {
    return torch::layer_norm(values, {values.size(-1)}, norm.weight, norm.bias, architecture_.norm_epsilon);
  };
  const auto scaled = [](const Tensor& values, const Tensor& scale) {
    return scale.defined() ? values * scale : values;
  };
  const Tensor attended =
      tokens + scaled(attend(block, normalised(tokens, block.norm_1), rotation), block.scale_1);
  Tensor hidden = F::linear(normalised(attended, block.norm_2), block.inner.weight, block.inner.bias);
  if (block.is_swiglu) {
    const auto halves = hidden.chunk(2, -1);
    hidden = torch::silu(halves[0]) * halves[1];
  } else {
    hidden = torch::gelu(hidden, architecture_.gelu_by_tanh ? "tanh" : "none");
  }
  return attended + scaled(F::linear(hidden, block.outer.weight, block.outer.bias), block.scale_2);
}

torch::Tensor VisionTransformer::forward(const Tensor& images) {
  const torch::NoGradGuard no_gradients;
  if (images.dim() != 4 || images.size(1) != 3 || images.size(2) < patch_px() || images.size(3) < patch_px())
    throw std::invalid_argument(fmt::format("{}: images must be [B, 3, H, W] with sides of {} px or more",
                                            architecture_.name, patch_px()));
  const Tensor normalised = (images.to(options_.precision) - mean_) / deviation_;
  const Tensor patches = F::conv2d(normalised, patch_.weight,
                                   F::Conv2dFuncOptions().bias(patch_.bias).stride(options_.stride_px));
  const auto rows = patches.size(2), columns = patches.size(3);
  const Rotation turn = rotation(rows, columns);
  Tensor tokens = with_places(patches);
  std::vector<Tensor> outputs;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    tokens = run_block(blocks_[i], tokens, turn);
    if (i + static_cast<std::size_t>(options_.layers) < blocks_.size()) continue;
    const Tensor of_patches = tokens.narrow(1, tokens.size(1) - rows * columns, rows * columns);
    outputs.push_back(
        of_patches.to(torch::kFloat32).transpose(1, 2).reshape({images.size(0), channels(), rows, columns}));
  }
  return torch::stack(outputs);
}

}  // namespace funcorr
