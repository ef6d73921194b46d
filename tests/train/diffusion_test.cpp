#include "train/model/diffusion.h"

#include <torch/script.h>

#include "tests/catch.h"
#include "tests/temporary_folder.h"
#include "tests/train/small_run.h"
#include "train/backbone/fusion.h"
#include "train/model/crop_embedding.h"

namespace funcorr {
namespace {

using Catch::Matchers::ContainsSubstring;
using torch::Tensor;
namespace fs = std::filesystem;

// A tiny random module with levels of 5 and 3 channels.
fs::path write_module(const fs::path& file, const std::string& result) {
  torch::manual_seed(8);
  torch::jit::Module module("tiny");
  module.register_parameter("fine", torch::randn({5, 3, 80, 80}) / 80, false);
  module.register_parameter("coarse", torch::randn({3, 3, 160, 160}) / 160, false);
  module.define(
      "def forward(self, images):\n"
      "  x = torch.conv2d(images, self.fine, None, [80, 80])\n"
      "  y = torch.conv2d(images, self.coarse, None, [160, 160])\n"
      "  return " +
      result + "\n");
  module.save(file.string());
  return file;
}

DiffusionPredictor::View random_view(const std::string& uid, int number) {
  const Tensor rgb = torch::randint(0, 256, {224 * 224 * 3}).to(torch::kUInt8);
  return {{rgb.data_ptr<std::uint8_t>(), rgb.data_ptr<std::uint8_t>() + rgb.numel()}, uid, number};
}

std::vector<Tensor> levels_of(const fs::path& file, const DiffusionPredictor::View& view) {
  namespace F = torch::nn::functional;
  const torch::NoGradGuard no_gradients;
  torch::jit::Module module = torch::jit::load(file.string());
  const Tensor large = F::interpolate(crop_tensor(view.rgb), F::InterpolateFuncOptions()
                                                                 .size(std::vector<std::int64_t>{960, 960})
                                                                 .mode(torch::kBilinear)
                                                                 .align_corners(false));
  std::vector<Tensor> levels;
  for (const Tensor& level : module.forward({large}).toTensorVector()) levels.push_back(level[0]);
  return levels;
}

Tensor rows_of(const PixelEmbeddings& embeddings) {
  return torch::tensor(embeddings.values).view({224 * 224, embeddings.channels});
}

}  // namespace

TEST_CASE("diffusion: levels of a module or of exported files, reduced together, at every pixel",
          "[train][diffusion]") {
  const tests::TemporaryFolder folder;
  const fs::path file = write_module(folder / "sd.pt", "[x, y]");
  const auto view_1 = random_view("cup", 3), view_2 = random_view("jug", 12);
  const auto both = DiffusionPredictor("script:" + file.string(), {}).embed(view_1, view_2);
  const auto levels_1 = levels_of(file, view_1), levels_2 = levels_of(file, view_2);
  const auto [map_1, map_2] = co_pca_levels(levels_1, levels_2);
  REQUIRE(map_1.sizes() == torch::IntArrayRef({512, 12, 12}));
  CHECK(both[0].channels == 512);
  CHECK(both[0].mask_probability.empty());
  // Crop pixel 65 of 224 lies at cell 65·12/224 − ½ = 2.982 of the grid: between cells 2 and 3, and row 0 at
  // −½, half outside.
  const auto unit = [](const Tensor& column) { return column / column.norm(); };
  const double at = 65 * 12 / 224.0 - 0.5;
  const Tensor expected = unit(unit(map_2.select(1, 0).select(1, 2)) * (3 - at) +
                               unit(map_2.select(1, 0).select(1, 3)) * (at - 2));
  CHECK(torch::allclose(rows_of(both[1])[65], expected, 1e-4, 1e-5));

  for (const auto* view : {&view_1, &view_2}) {
    const auto& levels = view == &view_1 ? levels_1 : levels_2;
    const fs::path exported = folder / "exported" / view->uid;
    fs::create_directories(exported);
    write_safetensors(exported / (view == &view_1 ? "0003.safetensors" : "0012.safetensors"),
                      {{"level-0", to_view(levels[0])}, {"level-1", to_view(levels[1])}});
  }
  const auto stored = DiffusionPredictor((folder / "exported").string(), {}).embed(view_1, view_2);
  CHECK(torch::allclose(rows_of(stored[0]), rows_of(both[0]), 1e-4, 1e-5));
  CHECK(torch::allclose(rows_of(stored[1]), rows_of(both[1]), 1e-4, 1e-5));
}

TEST_CASE("diffusion: fused with a backbone, cosines are means of both", "[train][diffusion]") {
  const tests::TemporaryFolder folder;
  tests::write_small_run(folder.path());
  const std::string levels = "script:" + write_module(folder / "sd.pt", "[x]").string();
  const auto view = random_view("cup", 0), other = random_view("jug", 1);
  const auto alone = DiffusionPredictor(levels, {}).embed(view, other);
  const auto fused = DiffusionPredictor(levels, folder.path()).embed(view, other);
  CHECK(alone[0].channels == 256);
  CHECK(fused[0].channels == 256 + make_backbone({})->channels());
  CHECK(torch::allclose(rows_of(fused[0]).norm(2, 1), torch::ones({224 * 224}), 1e-4, 1e-4));
  CHECK_FALSE(torch::allclose(rows_of(fused[0]).narrow(1, 0, 256), rows_of(alone[0]), 1e-2, 1e-2));
}

TEST_CASE("diffusion: what does not fit is refused by name", "[train][diffusion]") {
  const tests::TemporaryFolder folder;
  const auto view = random_view("cup", 7);
  const DiffusionPredictor single("script:" + write_module(folder / "one.pt", "x").string(), {});
  CHECK_THROWS_WITH(single.embed(view, view),
                    ContainsSubstring("one.pt") && ContainsSubstring("a list of tensors is expected"));
  CHECK_THROWS_WITH(DiffusionPredictor("script:" + (folder / "none.pt").string(), {}),
                    ContainsSubstring("none.pt"));
  CHECK_THROWS_WITH(DiffusionPredictor((folder / "none").string(), {}), ContainsSubstring("no such folder"));
  fs::create_directories(folder / "exported");
  CHECK_THROWS_WITH(DiffusionPredictor((folder / "exported").string(), {}).embed(view, view),
                    ContainsSubstring("cup/0007.safetensors"));
}

}  // namespace funcorr
