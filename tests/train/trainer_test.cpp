#include "train/trainer/trainer.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <torch/torch.h>

#include "db/dataset/feature_file.h"
#include "db/format/safetensors.h"
#include "tests/catch.h"
#include "tests/db/dataset/shards.h"
#include "tests/golden.h"
#include "tests/train/golden_tensor.h"
#include "tests/train/small_training.h"
#include "train/trainer/augment.h"
#include "train/trainer/batch.h"
#include "train/trainer/failed_batch.h"
#include "train/trainer/feature_extraction.h"
#include "train/trainer/loss_scale.h"
#include "train/weights/state_dict.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::make_content;
using tests::plain_hooks;
using tests::small_training;
using Data = tests::TrainingData;
using torch::Tensor;

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TrainingOutcome train(const TrainingConfig& config, const TrainingFiles& files, const fs::path& run,
                      const TrainingHooks& hooks, int loader_threads = 1) {
  TrainingResources resources;
  resources.device.name = "cpu";
  resources.loader_threads = loader_threads;
  resources.checkpoint_every = 5;
  return train_model(config, resources, files, run, hooks);
}

// Ends the run at some step as a signal would: after a checkpoint.
TrainingHooks stopping_at(int polls) {
  TrainingHooks hooks = plain_hooks();
  hooks.stop_requested = [left = polls]() mutable { return --left == 0; };
  return hooks;
}

// Ends the run as SIGKILL would: what was written stays, nothing is tidied up.
struct Killed {};
TrainingHooks killed_while_writing(const std::string& name, int time) {
  TrainingHooks hooks = plain_hooks();
  hooks.write_artifact = [=, left = time](const fs::path& file, const auto& write) mutable {
    if (file.filename() == name && --left == 0) throw Killed{};
    write(file);
  };
  return hooks;
}

void check_equal_runs(const fs::path& a, const fs::path& b) {
  for (const char* file : {"config.json", "checkpoint.safetensors", "final.safetensors", "curves.csv"}) {
    INFO(file);
    REQUIRE(fs::exists(a / file));
    CHECK((bytes_of(a / file) == bytes_of(b / file)));
  }
}

// The tensors of the run's model at its end.
StateDict final_tensors(const fs::path& run) { return load_state_dict(run / "final.safetensors"); }

}  // namespace

TEST_CASE("trainer: a run that is stopped or killed and resumed equals the undisturbed one, bit for bit",
          "[train][trainer]") {
  const Data data;
  const bool with_stored = GENERATE(true, false);
  INFO((with_stored ? "stored features" : "live features on backgrounds"));
  const TrainingFiles& files = with_stored ? data.stored : data.live;
  TrainingConfig config = small_training();
  config.accumulation = with_stored ? 2 : 1;
  const TrainingOutcome whole = train(config, files, data.folder / "whole", plain_hooks());
  CHECK(whole.finished);
  CHECK(whole.step == 12);

  // Killed behind its last step, before anybody was told.
  TrainingHooks hooks = plain_hooks();
  std::vector<CurvePoint> told;
  hooks.on_point = [&](const CurvePoint& point) { told.push_back(point); };
  const TrainingOutcome again = train(config, files, data.folder / "whole", hooks);
  CHECK(again.finished);
  CHECK(again.step == 12);
  CHECK(again.loss == whole.loss);
  REQUIRE(told.size() == 1);
  CHECK(told[0].step == 12);
  CHECK(told[0].values.at("loss") == whole.loss);

  const TrainingOutcome stopped = train(config, files, data.folder / "stopped", stopping_at(7));
  CHECK_FALSE(stopped.finished);
  CHECK(stopped.step == 7);
  CHECK(train(config, files, data.folder / "stopped", plain_hooks(), 3).finished);
  check_equal_runs(data.folder / "whole", data.folder / "stopped");

  // Killed at step 10, between the row of step 8 and the checkpoint after that of step 5.
  CHECK_THROWS_AS(
      train(config, files, data.folder / "killed", killed_while_writing("checkpoint.safetensors", 2)),
      Killed);
  CHECK(train(config, files, data.folder / "killed", plain_hooks()).finished);
  check_equal_runs(data.folder / "whole", data.folder / "killed");
}

TEST_CASE("trainer: a checkpoint of another config is not gone on with", "[train][trainer]") {
  const Data data;
  TrainingConfig config = small_training();
  train(config, data.stored, data.folder / "run", stopping_at(7));
  config.learning_rate = 2e-3;
  std::vector<std::string> notices;
  TrainingHooks hooks = plain_hooks();
  hooks.on_notice = [&](const std::string& text) { notices.push_back(text); };
  train(config, data.stored, data.folder / "run", hooks);
  CHECK(
      std::ranges::any_of(notices, [](const std::string& n) { return n.find("anew") != std::string::npos; }));
  train(config, data.stored, data.folder / "fresh", plain_hooks());
  check_equal_runs(data.folder / "fresh", data.folder / "run");
}

TEST_CASE("trainer: a run that is made shorter equals one that never was longer", "[train][trainer]") {
  const Data data;
  TrainingConfig config = small_training();
  train(config, data.stored, data.folder / "shortened", plain_hooks());
  config.steps = 8;
  train(config, data.stored, data.folder / "shortened", plain_hooks());
  train(config, data.stored, data.folder / "short", plain_hooks());
  check_equal_runs(data.folder / "short", data.folder / "shortened");
}

TEST_CASE("trainer: the learning rate stays, or falls to 0 at the end", "[train][trainer]") {
  TrainingConfig config;
  config.steps = 100;
  config.learning_rate = 2;
  for (const std::int64_t step : {0, 50, 99}) CHECK(learning_rate_at(config, step) == 2);
  config.cooldown = 0.4;
  for (const std::int64_t step : {0, 30, 60}) CHECK(learning_rate_at(config, step) == 2);
  CHECK_THAT(learning_rate_at(config, 80), Catch::WithinAbs(1, 1e-12));
  CHECK_THAT(learning_rate_at(config, 99), Catch::WithinAbs(0.05, 1e-12));
}

TEST_CASE("trainer: a run whose learning rate falls begins anew where it is made longer",
          "[train][trainer]") {
  const Data data;
  TrainingConfig config = small_training();
  config.cooldown = 0.5;
  train(config, data.stored, data.folder / "stopped", stopping_at(7));
  train(config, data.stored, data.folder / "stopped", plain_hooks());
  train(config, data.stored, data.folder / "whole", plain_hooks());
  check_equal_runs(data.folder / "whole", data.folder / "stopped");
  TrainingConfig constant = config;
  constant.cooldown = 0;
  train(constant, data.stored, data.folder / "constant", plain_hooks());
  const char* const weight = "mlp_conditioner.mlp.4.weight";
  CHECK_FALSE(torch::equal(final_tensors(data.folder / "constant").at(weight),
                           final_tensors(data.folder / "whole").at(weight)));

  config.steps = 16;
  train(config, data.stored, data.folder / "whole", plain_hooks());
  train(config, data.stored, data.folder / "long", plain_hooks());
  check_equal_runs(data.folder / "long", data.folder / "whole");
}

TEST_CASE("trainer: a run begins with the weights of another, and with the release's", "[train][trainer]") {
  const Data data;
  TrainingConfig config = small_training();
  train(config, data.stored, data.folder / "first", plain_hooks());
  // At no learning rate, weights stay what they were at the beginning.
  config.learning_rate = 0;
  config.steps = 1;
  SECTION("of the same functions: all of it, from its last checkpoint too") {
    for (const char* name : {"final.safetensors", "checkpoint.safetensors"}) {
      config.initial = data.folder / "first" / name;
      train(config, data.stored, data.folder / "second", plain_hooks());
      for (const auto& [tensor, value] : final_tensors(data.folder / "first"))
        CHECK(torch::equal(final_tensors(data.folder / "second").at(tensor), value));
    }
  }
  SECTION("of other functions: all but their text features") {
    config.initial = data.folder / "first" / "final.safetensors";
    config.model.functions.push_back("scoop-with");
    train(config, data.stored, data.folder / "second", plain_hooks());
    StateDict first = final_tensors(data.folder / "first"), second = final_tensors(data.folder / "second");
    CHECK(second.at("function_text").size(0) == 4);
    first.erase("function_text");
    for (const auto& [tensor, value] : first) CHECK(torch::equal(second.at(tensor), value));
  }
  SECTION("of another shape: refused by name") {
    config.initial = data.folder / "first" / "final.safetensors";
    config.model.head.hidden_dimension += 1;
    CHECK_THROWS_WITH(train(config, data.stored, data.folder / "second", plain_hooks()),
                      Catch::Matchers::ContainsSubstring(
                          "final.safetensors cannot be begun with: tensor \"mlp_conditioner"));
  }
  SECTION("the release's") {
    FUNCORR_GOLDEN_OR_SKIP(golden);
    config.initial = golden / "model" / "epoch_0100.pt";
    config.model.backbone = {"dinov2", golden / "model" / "dinov2.pth", 3,
                             tests::golden_sizes(golden / "model").heads};
    config.model.head = {512, 1024, 256, true};
    config.model.text.dimension = 512;
    train(config, data.live, data.folder / "second", plain_hooks());
    StateDict second = final_tensors(data.folder / "second");
    second.erase("function_text");
    const StateDict release = load_state_dict(config.initial);
    for (const auto& [tensor, value] : second) CHECK(torch::equal(release.at("model." + tensor), value));
  }
}

TEST_CASE("trainer: the loss falls, on held-out objects too", "[train][trainer]") {
  const Data data;
  TrainingConfig config = small_training();
  config.steps = 150;
  config.log_every = config.validation_every = 50;
  config.learning_rate = 3e-3;
  std::vector<CurvePoint> points;
  TrainingHooks hooks = plain_hooks();
  hooks.on_point = [&](const CurvePoint& point) { points.push_back(point); };
  train(config, data.stored, data.folder / "run", hooks);
  REQUIRE(points.size() == 3);
  CHECK(points[2].values.at("loss") < 0.9 * points[0].values.at("loss"));
  CHECK(points[2].values.at("held_out_mask") < points[0].values.at("held_out_mask"));
  CHECK(points[2].values.at("cross_category_share") > 0.3);
}

TEST_CASE("trainer: products in bfloat16 give the losses of float32, almost", "[train][trainer]") {
  const Data data;
  TrainingConfig config = small_training();
  const auto curve = [&](Precision precision) {
    config.precision = precision;
    std::vector<CurvePoint> points;
    TrainingHooks hooks = plain_hooks();
    hooks.on_point = [&](const CurvePoint& point) { points.push_back(point); };
    train(config, data.stored, data.folder / std::string(to_string(precision)), hooks);
    return points;
  };
  const auto exact = curve(Precision::kFloat32), rough = curve(Precision::kBFloat16);
  REQUIRE(exact.size() == 3);
  REQUIRE(rough.size() == 3);
  for (std::size_t i = 0; i < exact.size(); ++i)
    for (const char* name : {"loss", "functional", "spatial", "mask", "held_out_loss"}) {
      if (!exact[i].values.contains(name)) continue;
      INFO(name << " of point " << i);
      // Each of four products in a row is wrong by up to 2⁻⁸ of its size, which changes a loss by 1.6 %.
      CHECK_THAT(rough[i].values.at(name), Catch::WithinRel(exact[i].values.at(name), 0.02));
      CHECK(rough[i].values.at(name) != exact[i].values.at(name));
    }
  CHECK(SafetensorsFile(data.folder / "bfloat16/final.safetensors").at("mask_projection.weight").type ==
        TensorType::kF32);
  config.precision = Precision::kFloat16;
  CHECK_THROWS_WITH(train(config, data.stored, data.folder / "float16", plain_hooks()),
                    Catch::Matchers::ContainsSubstring("needs a GPU"));
}

TEST_CASE(
    "loss scale: gradients come out as they would be, an overflow is a step of zeros, at half the scale",
    "[train][trainer]") {
  LossScale scale(torch::kCPU, true);
  Tensor weight = torch::tensor({3.0F, -2.0F}).requires_grad_();
  scale.scaled((weight * weight).sum()).backward();
  Tensor gradient = weight.grad();
  CHECK(gradient[0].item<float>() == 6 * 65536.0F);
  scale.unscale({gradient});
  CHECK(torch::equal(gradient, torch::tensor({6.0F, -4.0F})));
  CHECK(scale.state()[0].item<double>() == 65536);

  Tensor other = torch::ones(3);
  gradient[1] = INFINITY;
  scale.unscale({gradient, other});
  CHECK(torch::equal(gradient, torch::zeros(2)));
  CHECK(torch::equal(other, torch::zeros(3)));
  CHECK(scale.state()[0].item<double>() == 32768);

  for (int step = 0; step < LossScale::kGrowthSteps; ++step) scale.unscale({other});
  CHECK(scale.state()[0].item<double>() == 65536);
  CHECK(scale.state()[1].item<double>() == 0);

  LossScale none(torch::kCPU, false);
  CHECK(none.scaled(other).is_same(other));
}

TEST_CASE("trainer: a probe sees the model as it is, at every validation", "[train][trainer]") {
  const Data data;
  TrainingConfig config = small_training();
  const std::vector<std::uint8_t> rgb(3UL * kCropPixels, 90);
  std::vector<std::int64_t> steps;
  PixelEmbeddings last;
  TrainingHooks hooks = plain_hooks();
  hooks.probe.names = {"half", "absent"};
  hooks.probe.measure = [&](const CropEmbedder& embed, std::int64_t step) {
    steps.push_back(step);
    last = embed(rgb, "pull-with");
    return std::vector<double>{0.5};
  };
  train(config, data.stored, data.folder / "run", hooks);
  CHECK(steps == std::vector<std::int64_t>{8, 12});
  CHECK(bytes_of(data.folder / "run/curves.csv").find("held_out_half,held_out_absent\n") !=
        std::string::npos);
  const PixelEmbeddings expected = Predictor(data.folder / "run").embed(rgb, "pull-with");
  CHECK(last.values == expected.values);
  CHECK(last.mask_probability == expected.mask_probability);
}

TEST_CASE("trainer: ablations leave out their losses and what only these need", "[train][trainer]") {
  const Data data;
  TrainingConfig config = small_training();
  config.steps = 4;
  config.validation_every = 0;
  std::vector<CurvePoint> points;
  TrainingHooks hooks = plain_hooks();
  hooks.on_point = [&](const CurvePoint& point) { points.push_back(point); };
  config.spatial_weight = 0;
  train(config, data.stored, data.folder / "functional", hooks);
  config.spatial_weight = 10;
  config.functional_loss = FunctionalLoss::kNone;
  config.mask_weight = 0;
  config.model.head.mask = false;
  train(config, data.stored, data.folder / "spatial", hooks);
  REQUIRE(points.size() == 2);
  const auto &functional = points[0].values, &spatial = points[1].values;
  CHECK_FALSE(functional.contains("spatial"));
  CHECK_THAT(functional.at("loss"),
             Catch::WithinAbs((functional.at("functional") + functional.at("mask")) / 2, 1e-5));
  CHECK_FALSE(spatial.contains("functional"));
  CHECK_FALSE(spatial.contains("mask"));
  CHECK_THAT(spatial.at("loss"), Catch::WithinAbs(spatial.at("spatial"), 1e-6));
  CHECK_FALSE(SafetensorsFile(data.folder / "spatial/final.safetensors").contains("mask_projection.weight"));
}

TEST_CASE("trainer: an exploding loss stops the run, and its batch can be done again", "[train][trainer]") {
  const Data data;
  TrainingConfig config = small_training();
  config.loss_limit = 1e-3;
  try {
    train(config, data.stored, data.folder / "run", plain_hooks());
    FAIL("the loss is below 0.001");
  } catch (const TrainingDiverged& error) {
    CHECK_THAT(std::string(error.what()), Catch::Matchers::ContainsSubstring("step 0"));
    const Replay replayed = replay_batch(error.batch);
    CHECK(replayed.step == 0);
    double saved = 0;
    std::istringstream(replayed.text.substr(replayed.text.find("loss ") + 5)) >> saved;
    double thrown = 0;
    const std::string text = error.what();
    std::istringstream(text.substr(text.find(" is ") + 4)) >> thrown;
    CHECK_THAT(saved, Catch::WithinRel(thrown, 1e-4));
  }
  CHECK_THROWS_WITH(replay_batch(data.live.train[0]), Catch::Matchers::ContainsSubstring("no saved batch"));
}

TEST_CASE("trainer: data that do not fit are refused by name", "[train][trainer]") {
  const Data data;
  TrainingFiles files = data.live;
  files.train.clear();
  CHECK_THROWS_WITH(train(small_training(), files, data.folder / "run", plain_hooks()),
                    Catch::Matchers::ContainsSubstring("no function has enough views"));
  files = data.stored;
  files.features = [path = data.folder.path()](const std::string&) { return path / "a.safetensors"; };
  CHECK_THROWS_WITH(train(small_training(), files, data.folder / "run", plain_hooks()),
                    Catch::Matchers::ContainsSubstring("no feature file"));
}

TEST_CASE("batches: loaders of any number of threads give the same batches in the same order",
          "[train][batch]") {
  const Data data;
  const TrainingSet set(data.live.train, small_training().model.functions);
  const Sampler sampler(set, {3, 2, 16}, 1);
  const StoredFeatures source(set, data.stored.features, backbone_identity({}));
  BatchLoader one(sampler, source, {4, 10}, 1), many(sampler, source, {4, 10}, 4);
  for (int step = 4; step < 10; ++step) {
    const HostBatch a = one.next(), b = many.next();
    CHECK(torch::equal(a.functional.rows, b.functional.rows));
    CHECK(torch::equal(a.functional_xy, b.functional_xy));
    CHECK(torch::equal(a.spatial_xy, b.spatial_xy));
    CHECK(a.draw.functional[0].positive_1 == sampler.functional(step, 0).positive_1);
  }
}

TEST_CASE("batches: tokens gathered around pixels equal those sampled from whole maps", "[train][batch]") {
  const Data data;
  const TrainingSet set(data.live.train, small_training().model.functions);
  StoredFeatures source(set, data.stored.features, backbone_identity({}));
  std::vector<PicturePixels> pictures;
  Random random(3);
  for (int i = 0; i < 3; ++i) {
    PicturePixels picture{{static_cast<std::uint32_t>(i % 2), static_cast<std::uint16_t>(i), random.next()},
                          {0, 223, kCropPixels - 1, 223 * 224}};  // the corners lie beyond the outer tokens
    for (int k = 0; k < 60; ++k) picture.pixels.push_back(static_cast<PixelIndex>(random.below(kCropPixels)));
    pictures.push_back(picture);
  }
  torch::manual_seed(1);
  ModelConfig config = small_training().model;
  config.backbone_channels = FeatureFile(data.folder / "a.features").channels();
  config.backbone_layers = 3;
  FunctionalModel model(config);
  const torch::Tensor sparse =
      model->tokens_at(source.features(source.gather(set, pictures), torch::kCPU), torch::Tensor());

  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const ImageDraw& image = pictures[i].image;
    const FeatureFile file(data.folder / (image.shard == 0 ? "a.features" : "b.features"));
    const auto bytes = file.picture(image.view, static_cast<int>(image.background % 2));
    torch::Tensor maps = torch::empty({3, 1, file.height(), file.width(), file.channels()}, torch::kFloat16);
    std::memcpy(maps.data_ptr(), bytes.data(), bytes.size());
    torch::Tensor xy = torch::empty({1, 64, 2});
    for (std::size_t k = 0; k < 64; ++k) {
      xy[0][static_cast<std::int64_t>(k)][0] = pictures[i].pixels[k] % 224;
      xy[0][static_cast<std::int64_t>(k)][1] = pictures[i].pixels[k] / 224;
    }
    const torch::Tensor dense =
        sample_at_pixels(model->tokens(maps.to(torch::kFloat32).permute({0, 1, 4, 2, 3})), xy)[0];
    CHECK((dense - sparse[static_cast<std::int64_t>(i)]).abs().max().item<double>() < 1e-5);
  }
}

TEST_CASE("augmentation: objects stay, backgrounds are the ones drawn", "[train][augment]") {
  const ShardContent content = make_content("a", {}, 1);
  std::vector<std::uint8_t> bits;
  append_mask_bits(content.views[0].object, bits);
  const torch::Tensor rgb =
      torch::tensor(std::vector<std::uint8_t>(content.views[0].rgb), torch::kUInt8).view({1, 224, 224, 3});
  const torch::Tensor object = torch::tensor(bits, torch::kUInt8).view({1, -1});
  Background ramp;
  ramp.first = {0.2F, 0.4F, 0.6F};
  ramp.second = {0.8F, 0.4F, 0.0F};
  ramp.is_vertical = true;
  const torch::Tensor images = on_backgrounds(rgb, object, {ramp});
  REQUIRE(images.sizes() == torch::IntArrayRef({1, 3, 224, 224}));
  for (int pixel = 0; pixel < kCropPixels; pixel += 37) {
    const int x = pixel % 224, y = pixel / 224;
    const double t = y / 223.0;
    for (int c = 0; c < 3; ++c) {
      const auto index = static_cast<std::size_t>(c);
      const bool on_object = content.views[0].object[static_cast<std::size_t>(pixel)] != 0;
      const double expected = on_object
                                  ? content.views[0].rgb[static_cast<std::size_t>(3 * pixel + c)] / 255.0
                                  : (1 - t) * ramp.first[index] + t * ramp.second[index];
      REQUIRE_THAT(images[0][c][y][x].item<double>(), Catch::WithinAbs(expected, 1e-5));
    }
  }
  CHECK(torch::equal(on_backgrounds(rgb, object, {}), rgb.permute({0, 3, 1, 2}).to(torch::kFloat32) / 255));

  // Noise around grey: its deviation is the one asked for, and another seed gives another.
  Background noisy;
  noisy.first = noisy.second = {0.5F, 0.5F, 0.5F};
  noisy.noise = 0.1F;
  noisy.noise_seed = 77;
  const torch::Tensor nothing = torch::zeros_like(object);
  const torch::Tensor once = on_backgrounds(rgb, nothing, {noisy});
  CHECK_THAT(once.mean().item<double>(), Catch::WithinAbs(0.5, 0.002));
  CHECK_THAT(once.std().item<double>(), Catch::WithinAbs(0.1, 0.002));
  CHECK(torch::equal(once, on_backgrounds(rgb, nothing, {noisy})));
  noisy.noise_seed = 78;
  const torch::Tensor other = on_backgrounds(rgb, nothing, {noisy});
  const double correlation = ((once - 0.5) * (other - 0.5)).mean().item<double>() / 0.01;
  CHECK(std::abs(correlation) < 0.02);
}

}  // namespace funcorr
