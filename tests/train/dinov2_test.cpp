#include "train/backbone/dinov2.h"

#include <fmt/format.h>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/train/golden_tensor.h"
#include "train/backbone/attention.h"

using namespace funcorr;
using tests::largest_difference;
using tests::load_tensor;
using torch::Tensor;
namespace fs = std::filesystem;

namespace {

constexpr double kTolerance = 1e-4;

// One of the golden backbones, which lie beside what tells their sizes.
BackboneConfig golden_backbone(const fs::path& weights) {
  BackboneConfig config;
  config.kind = "dinov2";
  config.weights = weights;
  config.heads = tests::golden_sizes(weights.parent_path()).heads;
  return config;
}

// [L, B, C, h, w] of the golden backbone for images [B, 3, H, W].
std::vector<std::int64_t> golden_shape(const fs::path& model, int layers, const Tensor& images) {
  const tests::GoldenSizes sizes = tests::golden_sizes(model);
  return {layers, images.size(0), sizes.width, sizes.cells(images.size(2)), sizes.cells(images.size(3))};
}

// [B, C, h, w] → the golden files' [B, h·w, C].
Tensor as_tokens(const Tensor& maps) { return maps.flatten(2).transpose(1, 2); }

void check_blocks(const fs::path& model, const std::string& name, const fs::path& weights) {
  const auto backbone = make_backbone(golden_backbone(weights));
  const Tensor images = load_tensor(model / "image.npy");
  const Tensor features = backbone->forward(images);
  REQUIRE(features.sizes() == torch::IntArrayRef(golden_shape(model, 3, images)));
  for (int block = 0; block < 3; ++block) {
    const Tensor expected = load_tensor(model / (name + "_block" + std::to_string(block) + ".npy"));
    CHECK(largest_difference(as_tokens(features[block]), expected) < kTolerance);
  }
}

}  // namespace

TEST_CASE(
    "DINOv2's block tokens equal the golden ones: plain, with registers, with SwiGLU, in both layouts") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const fs::path model = golden / "model";
  for (const std::string name : {"dinov2", "dinov2_reg4", "dinov2_swiglu"})
    for (const char* layout : {".pth", "_hf.safetensors"}) {
      INFO(name << layout);
      check_blocks(model, name, model / (name + layout));
    }
}

TEST_CASE("DINOv2 takes images that are neither square nor of the size of its position grid") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const fs::path model = golden / "model";
  const auto backbone = make_backbone(golden_backbone(model / "dinov2.pth"));
  const Tensor images = load_tensor(model / "image_154x196.npy");
  const Tensor features = backbone->forward(images);
  CHECK(features.sizes() == torch::IntArrayRef(golden_shape(model, 3, images)));
  CHECK(largest_difference(as_tokens(features[2]), load_tensor(model / "dinov2_154x196_block2.npy")) <
        kTolerance);
}

TEST_CASE("in bfloat16 the features stay near those of float32") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const fs::path model = golden / "model";
  const Tensor image = load_tensor(model / "image.npy").narrow(0, 0, 1);
  BackboneConfig config = golden_backbone(model / "dinov2.pth");
  const Tensor exact = make_backbone(config)->forward(image);
  config.precision = Precision::kBFloat16;
  const auto half = make_backbone(config);
  const Tensor rough = half->forward(image);
  CHECK(rough.scalar_type() == torch::kFloat32);
  CHECK(torch::cosine_similarity(exact, rough, 2).min().item<double>() > 0.99);
  CHECK_FALSE(torch::equal(exact, rough));
  CHECK(half->identity() != make_backbone(golden_backbone(model / "dinov2.pth"))->identity());
}

TEST_CASE("any number of last blocks, and a stride smaller than the patch") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const fs::path model = golden / "model";
  const Tensor image = load_tensor(model / "image.npy").narrow(0, 0, 1);
  BackboneConfig config = golden_backbone(model / "dinov2.pth");
  const Tensor three = make_backbone(config)->forward(image);
  config.layers = 1;
  CHECK(torch::equal(make_backbone(config)->forward(image)[0], three[2]));
  const tests::GoldenSizes sizes = tests::golden_sizes(model);
  config.layers = sizes.depth;
  CHECK(torch::equal(make_backbone(config)->forward(image).narrow(0, sizes.depth - 3, 3), three));
  config.layers = sizes.depth + 1;
  CHECK_THROWS_WITH(make_backbone(config), Catch::Matchers::ContainsSubstring(fmt::format(
                                               "{} blocks asked of {}", sizes.depth + 1, sizes.depth)));

  config.layers = 1;
  config.stride_px = sizes.patch / 2;
  const auto fine = make_backbone(config);
  CHECK(fine->stride_px() == sizes.patch / 2);
  const Tensor dense = fine->forward(image);
  const int rows = sizes.cells(image.size(2), sizes.patch / 2);
  REQUIRE(dense.sizes() == torch::IntArrayRef({1, 1, sizes.width, rows, rows}));
  // Every other token looks at the same patch as a token of the coarse grid.
  const auto even = torch::arange(0, rows, 2);
  const Tensor coarse = dense[0].index_select(2, even).index_select(3, even);
  CHECK(torch::cosine_similarity(coarse, three[2], 1).mean().item<double>() > 0.9);
  config.stride_px = sizes.patch + 1;
  CHECK_THROWS_WITH(make_backbone(config),
                    Catch::Matchers::ContainsSubstring(fmt::format("1 … {}", sizes.patch)));
}

TEST_CASE(
    "equal weights have equal identities, whatever file they come from, other weights and options differ") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const fs::path model = golden / "model";
  const auto identity = [](const BackboneConfig& config) { return backbone_identity(config); };
  const BackboneConfig config = golden_backbone(model / "dinov2.pth");
  CHECK(identity(config) == identity(config));
  CHECK(identity(golden_backbone(model / "dinov2_reg4.pth")) != identity(config));
  BackboneConfig fewer = config;
  fewer.layers = 2;
  CHECK(identity(fewer) != identity(config));
}

TEST_CASE("blockwise attention equals attention in one piece") {
  torch::manual_seed(4);
  const Tensor q = torch::randn({2, 3, 17, 8}), k = torch::randn({2, 3, 17, 8}),
               v = torch::randn({2, 3, 17, 8});
  const Tensor whole = torch::matmul(torch::matmul(q, k.transpose(2, 3)).div(std::sqrt(8.0)).softmax(-1), v);
  for (const std::int64_t most : {1, 5 * 6 * 17, 1 << 20})
    CHECK(torch::allclose(blockwise_attention(q, k, v, most), whole, 1e-5, 1e-6));
  CHECK(torch::allclose(attention(q, k, v), whole, 1e-5, 1e-6));
}
