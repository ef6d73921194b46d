#include <torch/script.h>

#include "tests/catch.h"
#include "tests/temporary_folder.h"
#include "train/backbone/script.h"

using namespace funcorr;
using Catch::Matchers::ContainsSubstring;
using torch::Tensor;
namespace fs = std::filesystem;

namespace {

// A tiny random module: one convolution with patches of 16 px, and what `body` makes of its result.
fs::path write_module(const fs::path& file, const std::string& body) {
  torch::manual_seed(8);
  torch::jit::Module module("tiny");
  module.register_parameter("weight", torch::randn({5, 3, 16, 16}), false);
  module.define("def forward(self, images):\n" + body);
  module.save(file.string());
  return file;
}

constexpr const char* kConvolve = "  x = torch.conv2d(images * 2.0 - 1.0, self.weight, None, [16, 16])\n";
std::string body(const std::string& result) { return kConvolve + ("  return " + result + "\n"); }

BackboneConfig script_config(const fs::path& file, int layers = 3) {
  BackboneConfig config;
  config.kind = "script:" + file.string();
  config.layers = layers;
  return config;
}

}  // namespace

TEST_CASE("a TorchScript module is a backbone: its last layers, any image size, what it says itself") {
  const tests::TemporaryFolder folder;
  const fs::path file =
      write_module(folder / "tiny.pt", body("torch.stack([x, x.relu(), x + 1.0, torch.sin(x)])"));
  const auto backbone = make_backbone(script_config(file));
  CHECK(backbone->channels() == 5);
  CHECK(backbone->layers() == 3);
  CHECK(backbone->stride_px() == 16);
  const Tensor images = torch::rand({2, 3, 96, 64});
  const Tensor features = backbone->forward(images);
  REQUIRE(features.sizes() == torch::IntArrayRef({3, 2, 5, 6, 4}));
  torch::jit::Module module = torch::jit::load(file.string());
  const Tensor expected = module.forward({images}).toTensor();
  CHECK(torch::equal(features, expected.narrow(0, 1, 3)));
  CHECK_FALSE(features.requires_grad());
  CHECK(torch::equal(make_backbone(script_config(file, 1))->forward(images)[0], expected[3]));

  CHECK(backbone->identity() == make_backbone(script_config(file))->identity());
  CHECK(backbone->identity() != make_backbone(script_config(file, 1))->identity());
  const fs::path other = write_module(folder / "other.pt", body("torch.stack([x, x.relu(), x + 2.0])"));
  CHECK(backbone->identity() != make_backbone(script_config(other))->identity());
}

TEST_CASE("a module that returns one layer, in half precision, is taken as float") {
  const tests::TemporaryFolder folder;
  const auto backbone = make_backbone(script_config(write_module(folder / "one.pt", body("x.half()"))));
  CHECK(backbone->layers() == 1);
  const Tensor features = backbone->forward(torch::rand({2, 3, 224, 224}));
  CHECK(features.sizes() == torch::IntArrayRef({1, 2, 5, 14, 14}));
  CHECK(features.scalar_type() == torch::kFloat32);
}

TEST_CASE("the patch and the width of a module are found by a probe, also where it enlarges its image") {
  const tests::TemporaryFolder folder;
  const auto made = [&](const std::string& result) {
    return make_backbone(script_config(write_module(folder / "probed.pt", body(result))));
  };
  const auto twice = made("torch.cat([x, -x], 1).repeat_interleave(2, 2).repeat_interleave(2, 3)");
  CHECK(twice->channels() == 10);
  CHECK(twice->layers() == 1);
  CHECK(twice->stride_px() == 8);
  CHECK(twice->patch_px() == 8);
  CHECK(made("torch.max_pool2d(x, [2, 2])")->stride_px() == 32);
  CHECK(made("torch.upsample_nearest2d(x, [1000, 1000])")->stride_px() == 1);
  const auto changing = made("torch.stack([x, x, x]) if x.size(2) == 14 else torch.stack([x])");
  CHECK(changing->layers() == 3);
  CHECK_THROWS_WITH(changing->forward(torch::rand({1, 3, 64, 64})),
                    ContainsSubstring("change with its input"));
}

TEST_CASE("what breaks the contract is told with the file and what came back") {
  const tests::TemporaryFolder folder;
  const auto make = [&](const std::string& result) {
    return make_backbone(script_config(write_module(folder / "bad.pt", body(result))));
  };
  CHECK_THROWS_WITH(make("x.flatten()"), ContainsSubstring("bad.pt") && ContainsSubstring("[980]"));
  CHECK_THROWS_WITH(make("(x, x)"), ContainsSubstring("Tuple"));
  CHECK_THROWS_WITH(make("x.long()"), ContainsSubstring("Long"));
  CHECK_THROWS_WITH(make("torch.cat([x, x])"), ContainsSubstring("for 1 images"));
  CHECK_THROWS_WITH(make("torch.mm(x, x)"),
                    ContainsSubstring("the module fails") && ContainsSubstring("must be a matrix"));
  CHECK_THROWS_WITH(make("{'x_norm_patchtokens': x}"), ContainsSubstring("Dict"));
  CHECK_THROWS_WITH(make("x.permute([0, 2, 3, 1])"),  // channels last
                    ContainsSubstring("[1, 1, 14, 14, 5]") && ContainsSubstring("not square"));
  CHECK_THROWS_WITH(make("x.flatten(2).transpose(1, 2)"), ContainsSubstring("[1, 196, 5]"));  // tokens
  CHECK_THROWS_WITH(make("x / (x - x)"), ContainsSubstring("not finite"));
  const fs::path text = folder.write("text.pt", "no module");
  CHECK_THROWS_WITH(make_backbone(script_config(text)),
                    ContainsSubstring("text.pt: is no TorchScript module"));
  CHECK_THROWS_WITH(make_backbone(script_config(folder / "absent.pt")), ContainsSubstring("absent.pt"));
}
