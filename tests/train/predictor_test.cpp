#include "train/model/predictor.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/temporary_folder.h"
#include "tests/train/golden_tensor.h"
#include "tests/train/small_run.h"
#include "train/backbone/backbone.h"
#include "train/backbone/dinov2.h"
#include "train/model/functional_model.h"
#include "train/text/function_text.h"
#include "train/weights/state_dict.h"

using namespace funcorr;
using tests::small_config;
using tests::write_checkpoint;
using tests::write_config;
using torch::Tensor;
namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<std::uint8_t> test_image() {
  std::vector<std::uint8_t> rgb(224 * 224 * 3, 255);
  for (int y = 60; y < 160; ++y)
    for (int x = 40; x < 180; ++x)
      for (int c = 0; c < 3; ++c)
        rgb[static_cast<std::size_t>((y * 224 + x) * 3 + c)] = static_cast<std::uint8_t>(x + c * y / 3);
  return rgb;
}

double largest_difference(const std::vector<float>& a, const Tensor& b) {
  REQUIRE(static_cast<std::int64_t>(a.size()) == b.numel());
  const Tensor values = torch::tensor(a).view(b.sizes());
  return (values - b).abs().max().item<double>();
}

}  // namespace

TEST_CASE("a predictor gives what the model it loaded gives, at some pixels and at all") {
  const tests::TemporaryFolder folder;
  torch::manual_seed(3);
  const ModelConfig config = small_config();
  FunctionalModel model(config);
  write_config(folder.path(), config);
  write_checkpoint(folder.path() / "final.safetensors", model);

  const Predictor predictor(folder.path());
  CHECK(predictor.functions() == config.functions);
  const std::vector<std::uint8_t> rgb = test_image();
  const torch::NoGradGuard no_gradients;
  Tensor image = torch::tensor(std::vector<std::uint8_t>(rgb)).view({224, 224, 3}).permute({2, 0, 1}) / 255.0;
  const Tensor features = make_backbone({})->forward(image.unsqueeze(0).to(torch::kFloat32).contiguous());
  const Tensor text = model->text(torch::tensor({1}, torch::kInt64));
  const Tensor pixels = torch::tensor({{{0.F, 0.F}, {223.F, 10.F}, {77.F, 130.F}}});
  const Tensor expected = model->embed_at(model->tokens(features), pixels, text);
  const PixelEmbeddings some = predictor.embed(rgb, "cut with", {0, 10 * 224 + 223, 130 * 224 + 77});
  CHECK(some.channels == 8);
  CHECK(largest_difference(some.values, expected) < 1e-5);
  CHECK(largest_difference(some.mask_probability, model->mask_logits(expected).sigmoid()) < 1e-5);

  const PixelEmbeddings all = predictor.embed(rgb, "cut with");
  REQUIRE(all.values.size() == std::size_t{224} * 224 * 8);
  const std::size_t third = std::size_t{130} * 224 + 77;
  CHECK(largest_difference({all.values.begin() + static_cast<std::ptrdiff_t>(third * 8),
                            all.values.begin() + static_cast<std::ptrdiff_t>(third * 8 + 8)},
                           expected[0][2]) < 1e-5);

  const PixelEmbeddings plain = predictor.embed_plain(rgb, {130 * 224 + 77});
  const Tensor descriptors = plain_descriptors(plain_tokens(features), pixels.narrow(1, 2, 1));
  CHECK(largest_difference(plain.values, descriptors) < 1e-5);
}

TEST_CASE("a predictor takes the newer of two checkpoints, or the one it is given") {
  const tests::TemporaryFolder folder;
  const ModelConfig config = small_config();
  write_config(folder.path(), config);
  const fs::path final_file = folder.path() / "final.safetensors",
                 other = folder.path() / "checkpoint.safetensors";
  torch::manual_seed(1);
  FunctionalModel first(config), second(config);
  write_checkpoint(final_file, first);
  write_checkpoint(other, second);
  const auto values = [&](const fs::path& run) {
    return Predictor(run).embed(test_image(), "pour with", {5}).values;
  };
  const auto of_final = values(final_file), of_other = values(other);
  CHECK(of_final != of_other);
  const auto now = fs::file_time_type::clock::now();
  fs::last_write_time(final_file, now - std::chrono::hours(1));
  fs::last_write_time(other, now);
  CHECK(values(folder.path()) == of_other);
  fs::last_write_time(final_file, now + std::chrono::hours(1));
  CHECK(values(folder.path()) == of_final);
}

TEST_CASE("what is missing or unfit of a run is named") {
  const tests::TemporaryFolder folder;
  CHECK_THROWS_WITH(Predictor(folder.path() / "absent"), ContainsSubstring("absent"));
  CHECK_THROWS_WITH(Predictor(folder.path()), ContainsSubstring("final.safetensors"));
  ModelConfig config = small_config();
  FunctionalModel model(config);
  write_checkpoint(folder.path() / "final.safetensors", model);
  CHECK_THROWS_WITH(Predictor(folder.path()), ContainsSubstring("config.json"));
  std::ofstream(folder.path() / "config.json") << R"({"model": {"backbone": {"layers": "three"}}})";
  CHECK_THROWS_WITH(Predictor(folder.path()), ContainsSubstring("layers"));

  config.head.hidden_dimension = 25;
  write_config(folder.path(), config);
  CHECK_THROWS_WITH(Predictor(folder.path()),
                    ContainsSubstring("mlp_conditioner.mlp.0") && ContainsSubstring("final.safetensors"));
  config = small_config();
  config.backbone_identity = "dinov2/0123";
  write_config(folder.path(), config);
  CHECK_THROWS_WITH(Predictor(folder.path()), ContainsSubstring("dinov2/0123"));

  write_config(folder.path(), small_config());
  const Predictor predictor(folder.path());
  CHECK_THROWS_WITH(predictor.embed(test_image(), "dig with"),
                    ContainsSubstring("dig with") && ContainsSubstring("pour with, cut with"));
  CHECK_THROWS_AS(predictor.embed({1, 2, 3}, "cut with"), std::invalid_argument);
  CHECK(predictor.function_meant("Pouring") == "pour with");
  CHECK_THROWS_WITH(predictor.function_meant("digging"),
                    ContainsSubstring("digging") && ContainsSubstring("pour with, cut with"));

  fs::remove(folder / "config.json");
  CHECK_THROWS_WITH(Predictor(folder / "final.safetensors"),
                    ContainsSubstring("final.safetensors") && ContainsSubstring("config.json"));
}

TEST_CASE("a model's configuration survives JSON") {
  ModelConfig config = small_config();
  config.backbone = {"dinov2", "/weights/b14.pth", 4, 6, 7, Precision::kBFloat16};
  config.text = {TextKind::kClip, "clip.pt", "bpe.txt.gz", 8, 512};
  const nlohmann::json stored = config;
  CHECK(nlohmann::json(model_config_from_json(stored)) == stored);
  CHECK(nlohmann::json(model_config_from_json(nlohmann::json::object())) == nlohmann::json(ModelConfig{}));
  CHECK_THROWS_WITH(model_config_from_json({{"backbone", {{"layers", 0}}}}),
                    Catch::Matchers::ContainsSubstring("1 … 48"));
}

TEST_CASE("a checkpoint of the release is a run: its own backbone, its head, CLIP's text for any function") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const fs::path model = golden / "model",
                 vocabulary = golden / ".." / "clip" / "bpe_simple_vocab_16e6.txt.gz";
  if (!fs::exists(vocabulary)) {
    tests::skip_without_reference("no " + vocabulary.string());
    return;
  }
  // The golden text tower is 32 wide, the golden head takes 512: a projection of ours between them.
  const tests::TemporaryFolder folder;
  StateDict text = load_state_dict(model / "clip_text.pth");
  torch::manual_seed(2);
  text["text_projection"] = torch::randn({text.at("text_projection").size(0), 512});
  std::map<std::string, TensorView> views;
  for (const auto& [name, tensor] : text) views.emplace(name, to_view(tensor));
  write_safetensors(folder / "clip.safetensors", views);
  fs::copy_file(model / "epoch_0100.pt", folder / "epoch_0100.pt");
  ModelConfig config;
  const int heads = tests::golden_sizes(model).heads;
  config.backbone = {"dinov2", folder / "epoch_0100.pt", 3, heads};
  config.text = {TextKind::kClip, folder / "clip.safetensors", vocabulary, 4, 512};
  config.functions = {"pour with"};
  write_config(folder.path(), config);

  const Predictor predictor(folder / "epoch_0100.pt");
  CHECK(predictor.has_mask_head());
  const PixelEmbeddings known = predictor.embed(test_image(), "pour with", {25000});
  CHECK(known.channels == 256);
  const PixelEmbeddings unknown = predictor.embed(test_image(), "dig-with", {25000});
  CHECK(unknown.values != known.values);

  // Alone, without a config.json, it tells all but CLIP's files and its functions itself.
  const tests::TemporaryFolder other;
  fs::copy_file(model / "epoch_0100.pt", other / "epoch_0100.pt");
  PretrainedFiles files;
  files.heads = heads;
  files.text_heads = 4;
  const auto refuses = [&](const std::string& why) {
    CHECK_THROWS_WITH(Predictor(other / "epoch_0100.pt", files),
                      ContainsSubstring((other / "epoch_0100.pt").string()) && ContainsSubstring(why));
  };
  refuses("--text-weights");
  files.text_weights = folder / "clip.safetensors";
  files.vocabulary = vocabulary;
  refuses("functions");
  files.functions = {"cut-with", "pour-with"};
  const Predictor alone(other / "epoch_0100.pt", files);
  CHECK(alone.has_mask_head());
  const auto equals = [&](const Predictor& one, const std::string& written, const PixelEmbeddings& right) {
    const PixelEmbeddings found = one.embed(test_image(), one.function_meant(written), {25000});
    CHECK(largest_difference(found.values, torch::tensor(right.values)) < 1e-5);
  };
  equals(alone, "pouring", known);
  equals(alone, "dig with", unknown);
  files.text_weights = model / "clip_text.pth";  // narrower
  refuses("512 numbers of a function's text");
  files.text_weights = folder / "clip.safetensors";
  files.weights = model / "dinov2.pth";
  equals(Predictor(other / "epoch_0100.pt", files), "pour-with", known);

  // The same by hand.
  Dinov2Backbone backbone(dinov2_weights(load_state_dict(model / "dinov2.pth")),
                          {.layers = 3, .heads = heads});
  config.backbone_channels = backbone.channels();
  config.backbone_layers = 3;
  const Tensor features = function_text_features(config.text, {"dig with"});
  FunctionalModel head(config, features);
  StateDict tensors = without_prefix(load_state_dict(model / "epoch_0100.pt"), "model.");
  tensors["function_text"] = features;
  load_tensors(*head, tensors);
  const torch::NoGradGuard no_gradients;
  const Tensor image =
      torch::tensor(test_image()).view({224, 224, 3}).permute({2, 0, 1}).unsqueeze(0) / 255.0;
  const int column = 25000 % 224, row = 25000 / 224;
  const Tensor pixel = torch::tensor({{{static_cast<float>(column), static_cast<float>(row)}}});
  const Tensor expected =
      head->embed_at(head->tokens(backbone.forward(image.to(torch::kFloat32))), pixel, features);
  CHECK(largest_difference(unknown.values, expected) < 1e-4);
}
