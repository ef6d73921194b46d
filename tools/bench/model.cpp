// Bench cases of the model's parts against the same written with PyTorch (model_peer.py), on the same inputs.
// Parameters of all: "python" (default /usr/bin/python3), "threads" (default: all CPUs), "rounds" and
// "peer_rounds" (the fastest counts).
#include <algorithm>
#include <cmath>
#include <string>

#include <torch/torch.h>

#include "db/dataset/crop.h"
#include "eval/matching/matching.h"
#include "eval/metric/metrics.h"
#include "tools/bench/cases.h"
#include "tools/bench/torch_peer.h"
#include "train/backbone/dinov2.h"
#include "train/loss/losses.h"

namespace funcorr {
namespace {

using nlohmann::json;
using torch::Tensor;

Tensor random_pixels(std::int64_t images, std::int64_t points) {
  return torch::randint(0, kCropSize, {images, points, 2}).to(torch::kFloat32);
}

}  // namespace

// The functional loss with its backward pass, from embeddings, against the direct form. "pairs" (50),
// "points" (128), "dimension" (256).
json bench_functional_loss(const json& given) {
  const TorchSetting setting(given);
  const std::int64_t pairs = given.value("pairs", 50), points = given.value("points", 128),
                     dimension = given.value("dimension", 256);
  const auto set = [&] { return random_directions({pairs, points, dimension}).requires_grad_(); };
  const PairEmbeddings e{set(), set(), set(), set()};
  const double before = peak_memory_mb();
  double loss = 0;
  json result;
  result["seconds"] = timed(10 * setting.rounds(), [&] {  // short ones
    for (const Tensor& tensor : {e.positive_1, e.negative_1, e.positive_2, e.negative_2}) {
      Tensor mutable_tensor = tensor;
      mutable_tensor.mutable_grad().reset();
    }
    const Tensor value = functional_loss_reference(e);
    value.backward();
    loss = value.item<double>();
  });
  result["memory_mb"] = peak_memory_mb() - before;
  result["pytorch"] = run_torch_peer(
      "functional_loss", setting,
      {{"p1", e.positive_1}, {"n1", e.negative_1}, {"p2", e.positive_2}, {"n2", e.negative_2}});
  add_comparison(result, "loss", loss);
  return result;
}

// The head's step from backbone features: all losses forward and backward, against the published form.
// "pairs" (50), "points" (128), "channels" (768).
json bench_head_step(const json& given) {
  const TorchSetting setting(given);
  const std::int64_t pairs = given.value("pairs", 50), points = given.value("points", 128);
  ModelConfig config;
  config.backbone_channels = given.value("channels", 768);
  config.backbone_layers = 3;
  config.text.dimension = 512;
  config.functions.assign(static_cast<std::size_t>(pairs), "a");
  const Tensor text = random_directions({pairs, 512});
  FunctionalModel model(config, text);
  TrainingBatch batch;
  for (ImageFeatures* features : {&batch.features_1, &batch.features_2})
    features->maps = torch::randn({3, pairs, config.backbone_channels, 16, 16});
  for (Tensor* pixels : {&batch.positive_1_xy, &batch.negative_1_xy, &batch.positive_2_xy,
                         &batch.negative_2_xy, &batch.spatial_1_xy, &batch.spatial_2_xy})
    *pixels = random_pixels(pairs, points);
  batch.spatial_features_1 = batch.features_1;
  batch.spatial_features_2 = batch.features_2;
  batch.functions = batch.spatial_functions = torch::arange(pairs);
  double loss = 0;
  json result;
  result["seconds"] = timed(setting.rounds(), [&] {
    model->zero_grad();
    const Losses losses = training_losses(model, batch, {});
    losses.total.backward();
    loss = losses.total.item<double>();
  });
  result["memory_mb"] = peak_memory_mb();
  StateDict inputs{{"features_1", batch.features_1.maps},
                   {"features_2", batch.features_2.maps},
                   {"text", text},
                   {"p1", batch.positive_1_xy},
                   {"n1", batch.negative_1_xy},
                   {"p2", batch.positive_2_xy},
                   {"n2", batch.negative_2_xy},
                   {"s1", batch.spatial_1_xy},
                   {"s2", batch.spatial_2_xy}};
  for (const auto& [name, tensor] : named_tensors(*model))
    if (name != "function_text") inputs["head." + name] = tensor;
  result["pytorch"] = run_torch_peer("head_step", setting, inputs);
  add_comparison(result, "loss", loss);
  return result;
}

// Images per second of the backbones on crops: DINOv2 with random weights of the size "vit" ("small", "base"
// or "large"; default small) against PyTorch, and the weight-free one. "batch" (8).
json bench_backbone(const json& given) {
  TorchSetting setting(given);
  const std::int64_t batch = given.value("batch", 8);
  const std::string vit = given.value("vit", std::string("small"));
  const std::int64_t width = vit == "large" ? 1024 : vit == "base" ? 768 : 384;
  setting.parameters["heads"] = width / 64;
  StateDict weights = random_dinov2(width, vit == "large" ? 24 : 12);
  Dinov2Backbone backbone(weights, {});
  const Tensor images = torch::rand({batch, 3, kCropSize, kCropSize});
  Tensor features;
  json result;
  result["seconds"] = timed(setting.rounds(), [&] { features = backbone.forward(images); });
  result["images_per_second"] = static_cast<double>(batch) / result["seconds"].get<double>();
  weights["images"] = images;
  result["pytorch"] = run_torch_peer("backbone", setting, weights);
  add_comparison(result, "mean_absolute", features.abs().mean().item<double>());
  const auto weight_free = make_backbone({});
  weight_free->forward(images);
  const double seconds = timed(setting.rounds(), [&] { weight_free->forward(images); });
  result["weight_free_images_per_second"] = static_cast<double>(batch) / seconds;
  return result;
}

// Ranking all pixels of two objects for discovery, there and back, in both directions, against materialising
// every similarity. "radius" of the discs that stand for objects (62 px: about 12,000 pixels), "channels"
// (256).
json bench_discovery(const json& given) {
  const TorchSetting setting(given);
  const double radius = given.value("radius", 62.0);
  const int channels = given.value("channels", 256);
  CropMask object(kCropPixels);
  for (std::size_t i = 0; i < object.size(); ++i) {
    const auto [x, y] = crop_pixel(i);
    object[i] = std::hypot(x - kCropSize / 2, y - kCropSize / 2) < radius ? 1 : 0;
  }
  const Tensor f1 = random_directions({kCropPixels, channels}),
               f2 = random_directions({kCropPixels, channels});
  const auto dense = [&](const Tensor& f) {
    return CropFeatures{channels, {f.data_ptr<float>(), f.data_ptr<float>() + f.numel()}};
  };
  const CropFeatures d1 = dense(f1), d2 = dense(f2);
  PairMatches matches;
  json result;
  const double before = peak_memory_mb();
  result["pixels"] = count_pixels(object);
  result["seconds"] = timed(5 * setting.rounds(), [&] {  // short ones
    matches = match_pair({&d1, &object, {}}, {&d2, &object, {}}, {});
  });
  result["memory_mb"] = peak_memory_mb() - before;
  const Tensor mask = torch::tensor(std::vector<std::uint8_t>(object)).to(torch::kFloat32);
  result["pytorch"] =
      run_torch_peer("discovery", setting, {{"f1", f1}, {"f2", f2}, {"mask_1", mask}, {"mask_2", mask}});
  double sum = 0;
  for (const PixelPair& pair : matches[0].ranked) sum += static_cast<double>(crop_index(pair.second));
  add_comparison(result, "sum_of_matches", sum);
  return result;
}

}  // namespace funcorr
