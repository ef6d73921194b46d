// DINOv3 and SigLIP 2 against tokens computed elsewhere: tests/train/backbones/make_fixtures.py.
#include <fmt/format.h>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/temporary_folder.h"
#include "tests/train/golden_tensor.h"
#include "train/backbone/dinov3.h"
#include "train/backbone/siglip.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using tests::largest_difference;
using tests::load_tensor;
using torch::Tensor;

constexpr double kTolerance = 2e-5;

const fs::path& fixtures() {
  static const fs::path folder = tests::source_dir() / "tests/train/backbones";
  return folder;
}

BackboneConfig config_of(const std::string& kind, const fs::path& weights, int layers = 2) {
  BackboneConfig config;
  config.kind = kind;
  config.weights = weights;
  config.layers = layers;
  return config;
}

// [L, B, C, h, w] → the fixtures' [L, B, h·w, C].
Tensor as_tokens(const Tensor& features) { return features.flatten(3).transpose(2, 3); }

void write_tensors(const fs::path& file, const StateDict& tensors) {
  std::map<std::string, TensorView> views;
  for (const auto& [name, tensor] : tensors) views.emplace(name, to_view(tensor));
  write_safetensors(file, views);
}

// The folder of a fixture in Hugging Face's layout, changed.
struct Changed {
  explicit Changed(const std::string& fixture) {
    fs::copy(fixtures() / fixture, folder.path());
    tensors = load_state_dict(folder.path());
    config = tests::load_json(folder / "config.json");
  }
  fs::path write() const {
    write_tensors(folder / "model.safetensors", tensors);
    folder.write("config.json", config.dump());
    return folder.path();
  }
  tests::TemporaryFolder folder;
  StateDict tensors;
  nlohmann::json config;
};

TEST_CASE("DINOv3's patch tokens equal those computed elsewhere: plain and gated, in both layouts") {
  const Tensor images = load_tensor(fixtures() / "image.npy");
  for (const std::string name : {"dinov3", "dinov3_gated"}) {
    const Tensor expected = load_tensor(fixtures() / (name + "_tokens.npy"));
    for (const char* layout : {".pth", "_hf", "_hf/model.safetensors"}) {
      INFO(name << layout);
      const auto backbone = make_backbone(config_of("dinov3", fixtures() / (name + layout)));
      CHECK(backbone->channels() == 16);
      CHECK(backbone->patch_px() == 4);
      CHECK(backbone->stride_px() == 4);
      const Tensor features = backbone->forward(images);
      REQUIRE(features.sizes() == torch::IntArrayRef({2, 2, 16, 6, 8}));
      CHECK(largest_difference(as_tokens(features), expected) < kTolerance);
      CHECK_FALSE(features.requires_grad());
    }
  }
}

TEST_CASE("SigLIP 2's patch tokens equal those computed elsewhere, at its own size and at another") {
  const Tensor images = load_tensor(fixtures() / "image.npy");
  const auto backbone = make_backbone(config_of("siglip2", fixtures() / "siglip2"));
  const Tensor features = backbone->forward(images);
  REQUIRE(features.sizes() == torch::IntArrayRef({2, 2, 16, 6, 8}));
  CHECK(largest_difference(as_tokens(features), load_tensor(fixtures() / "siglip2_tokens.npy")) < kTolerance);
  const Tensor own = backbone->forward(images.narrow(2, 0, 16).narrow(3, 0, 16));
  CHECK(largest_difference(as_tokens(own), load_tensor(fixtures() / "siglip2_own_size_tokens.npy")) <
        kTolerance);
}

TEST_CASE("last blocks, whole patches' reach, half precision and identities hold for every transformer") {
  const Tensor images = load_tensor(fixtures() / "image.npy");
  for (const auto& [kind, file] : {std::pair{"dinov3", "dinov3.pth"}, std::pair{"siglip2", "siglip2"}}) {
    INFO(kind);
    const BackboneConfig config = config_of(kind, fixtures() / file);
    const auto backbone = make_backbone(config);
    const Tensor features = backbone->forward(images);
    CHECK(
        torch::equal(make_backbone(config_of(kind, fixtures() / file, 1))->forward(images)[0], features[1]));
    CHECK_THROWS_WITH(make_backbone(config_of(kind, fixtures() / file, 3)),
                      ContainsSubstring("3 blocks asked of 2"));
    const Tensor ragged = torch::constant_pad_nd(images, {0, 3, 0, 2});
    CHECK(torch::allclose(backbone->forward(ragged), features, 1e-4, 1e-5));
    CHECK(torch::allclose(backbone->forward(images.narrow(0, 1, 1)), features.narrow(1, 1, 1), 1e-4, 1e-5));
    CHECK_THROWS_AS(backbone->forward(images.narrow(2, 0, 3)), std::invalid_argument);

    BackboneConfig other = config;
    other.precision = Precision::kBFloat16;
    const Tensor rough = make_backbone(other)->forward(images);
    CHECK(rough.scalar_type() == torch::kFloat32);
    CHECK(torch::cosine_similarity(rough, features, 2).mean().item<double>() > 0.98);
    CHECK_FALSE(torch::equal(rough, features));
    CHECK(backbone->identity() == backbone_identity(config));
    CHECK(backbone->identity().starts_with(std::string(kind) + "/16x2/heads2/last2/stride4/Float/"));
    CHECK(backbone_identity(other) != backbone->identity());
  }
}

TEST_CASE("DINOv3 with patches of 16 px: the crop gives a grid of 14 × 14, overlapping patches a finer one") {
  torch::manual_seed(3);
  StateDict weights = dinov3_weights(load_state_dict(fixtures() / "dinov3.pth"), {});
  weights["patch_embed.proj.weight"] = torch::randn({16, 3, 16, 16}) * 0.05;
  Dinov3Backbone coarse(weights, {.layers = 1}), fine(weights, {.layers = 1, .stride_px = 8});
  // What is the same everywhere is the same for any grid, but for its place.
  const Tensor image = torch::rand({1, 3, 1, 1}).expand({1, 3, 224, 224});
  const Tensor few = coarse.forward(image), many = fine.forward(image);
  REQUIRE(few.sizes() == torch::IntArrayRef({1, 1, 16, 14, 14}));
  REQUIRE(many.sizes() == torch::IntArrayRef({1, 1, 16, 27, 27}));
  const auto even = torch::arange(0, 27, 2);
  const Tensor same_places = many.index_select(3, even).index_select(4, even);
  CHECK(torch::cosine_similarity(same_places, few, 2).min().item<double>() > 0.99);
  CHECK(few.std(4).max().item<double>() > 0.01);  // places do tell
}

TEST_CASE("DINOv3 is found under what wraps it, and where a later library nests its layers") {
  const StateDict official = load_state_dict(fixtures() / "dinov3.pth");
  const std::string expected = content_hash(dinov3_weights(official, {}));
  StateDict wrapped, student;
  for (const auto& [name, tensor] : official) {
    wrapped["teacher.backbone." + name] = tensor;
    wrapped["student.backbone." + name] = tensor + 1;
  }
  CHECK(content_hash(dinov3_weights(wrapped, {})) == expected);

  Changed nested("dinov3_hf");
  for (const auto& [name, tensor] : StateDict(nested.tensors)) {
    if (!name.starts_with("layer.")) continue;
    nested.tensors["model." + name] = tensor;
    nested.tensors.erase(name);
  }
  CHECK(backbone_identity(config_of("dinov3", nested.write())) ==
        backbone_identity(config_of("dinov3", fixtures() / "dinov3_hf")));
}

TEST_CASE("what DINOv3's files lack, or tell otherwise, is named") {
  const auto refuses = [](const Changed& changed, const std::string& what) {
    CHECK_THROWS_WITH(make_backbone(config_of("dinov3", changed.write())),
                      ContainsSubstring(changed.folder.path().string()) && ContainsSubstring(what));
  };
  Changed changed("dinov3_hf");
  changed.config.erase("num_attention_heads");
  refuses(changed, "config.json must tell \"num_attention_heads\"");
  BackboneConfig with_heads = config_of("dinov3", changed.write());
  with_heads.heads = 2;
  CHECK(backbone_identity(with_heads) == backbone_identity(config_of("dinov3", fixtures() / "dinov3_hf")));
  with_heads.heads = 4;  // of four channels
  CHECK(make_backbone(with_heads)->identity().starts_with("dinov3/16x2/heads4/"));
  changed.config["num_attention_heads"] = "two";
  refuses(changed, "\"num_attention_heads\" is \"two\"; a number is expected");
  changed.config["num_attention_heads"] = 3;
  refuses(changed, "width 16 does not divide into 3 heads");
  changed.config["num_attention_heads"] = 2;
  changed.config["layer_norm_eps"] = 1e-6;
  refuses(changed, "\"layer_norm_eps\" is 1e-06; 1e-05 is expected");
  changed.config.erase("layer_norm_eps");
  changed.config.erase("rope_theta");  // later libraries tell it elsewhere
  changed.config["rope_parameters"] = {{"rope_theta", 100}};
  CHECK(backbone_identity(config_of("dinov3", changed.write())) ==
        backbone_identity(config_of("dinov3", fixtures() / "dinov3_hf")));
  changed.tensors.erase("layer.1.attention.v_proj.bias");
  refuses(changed, "\"layer.1.attention.v_proj.bias\" of DINOv3 is missing");

  StateDict official = load_state_dict(fixtures() / "dinov3.pth");
  CHECK_THROWS_WITH(Dinov3Backbone(dinov3_weights(official, {}), {.layers = 1, .heads = 4}),
                    ContainsSubstring("2 rotary periods do not fit 4 heads"));
  official["blocks.1.attn.qkv.bias_mask"] = torch::full({48}, NAN);
  CHECK_THROWS_WITH(dinov3_weights(official, {}), ContainsSubstring("blocks.1.attn.qkv.bias_mask"));
  official.erase("blocks.1.attn.qkv.bias");
  CHECK_THROWS_WITH(dinov3_weights(official, {}),
                    ContainsSubstring("\"blocks.1.attn.qkv.bias\" of DINOv3 is missing"));
  official.erase("rope_embed.periods");
  CHECK_THROWS_WITH(dinov3_weights(official, {}),
                    ContainsSubstring("\"rope_embed.periods\"") && ContainsSubstring("of 36 tensors"));
  CHECK_THROWS_WITH(make_backbone(config_of("dinov3", {})), ContainsSubstring("a weights file is needed"));
}

TEST_CASE("what SigLIP's files lack, or tell otherwise, is named") {
  const auto refuses = [](const Changed& changed, const std::string& what) {
    CHECK_THROWS_WITH(make_backbone(config_of("siglip2", changed.write())),
                      ContainsSubstring(changed.folder.path().string()) && ContainsSubstring(what));
  };
  const std::string known = backbone_identity(config_of("siglip2", fixtures() / "siglip2"));
  Changed changed("siglip2");
  changed.config = changed.config.at("vision_config");  // as of a SiglipVisionModel
  CHECK(backbone_identity(config_of("siglip2", changed.write())) == known);
  changed.config.erase("num_attention_heads");
  refuses(changed, "width 16 does not divide into 12 heads");
  changed.config["hidden_act"] = "gelu";
  refuses(changed, "\"hidden_act\" is \"gelu\"; \"gelu_pytorch_tanh\" is expected");
  fs::remove(changed.folder / "config.json");
  BackboneConfig config = config_of("siglip2", changed.folder.path());
  CHECK_THROWS_WITH(make_backbone(config), ContainsSubstring("config.json is missing"));
  config.heads = 2;
  CHECK(backbone_identity(config) == known);

  changed.config = {{"num_attention_heads", 2}};
  const std::string places = "vision_model.embeddings.position_embedding.weight";
  changed.tensors[places] = torch::randn({15, 16});
  refuses(changed, "15 position embeddings are no square grid");
  changed.tensors[places] = torch::randn({16, 16});
  changed.tensors["vision_model.embeddings.patch_embedding.weight"] = torch::randn({16, 48});
  refuses(changed, "NaFlex");
  changed.tensors.erase(places);
  refuses(changed, "\"embeddings.position_embedding.weight\"");
}

}  // namespace
}  // namespace funcorr
