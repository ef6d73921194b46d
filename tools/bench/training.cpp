// Bench cases of training: how fast batches are loaded, and a whole step against PyTorch (model_peer.py).
// Parameters of both: those of TorchSetting, "points" (128).
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "db/dataset/feature_file.h"
#include "db/format/random.h"
#include "tools/bench/cases.h"
#include "tools/bench/scratch_folder.h"
#include "tools/bench/torch_peer.h"
#include "train/backbone/dinov2.h"
#include "train/loss/losses.h"
#include "train/trainer/batch.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using torch::Tensor;

constexpr int kTokens = 16;  // of a ViT with patches of 14 px, along a side

// A round object whose upper half is one part and whose lower half is another; a surface point for every
// second pixel, seen at another one in every view.
ShardContent random_object(const std::string& uid, int views, Random& random) {
  ShardContent content{uid, uid, {{"upper", {"cut-with", "hit-with"}}, {"lower", {"hold-with"}}}, {}};
  for (int v = 0; v < views; ++v) {
    ShardContent::View view;
    view.number = v;
    view.rgb.resize(3UL * kCropPixels);
    for (auto& value : view.rgb) value = static_cast<std::uint8_t>(random.below(256));
    view.object.assign(kCropPixels, 0);
    view.in_parts.assign(2, view.object);
    for (int y = 0; y < kCropSize; ++y)
      for (int x = 0; x < kCropSize; ++x) {
        const int dx = x - 112, dy = y - 112;
        if (dx * dx + dy * dy > 75 * 75) continue;
        const auto pixel = static_cast<std::size_t>(y * kCropSize + x);
        view.object[pixel] = 1;
        view.in_parts[dy < 0 ? 0 : 1][pixel] = 1;
        if (pixel % 2 != 0) continue;
        view.points.ids.push_back(static_cast<std::int32_t>(pixel / 2));
        view.points.pixels.push_back(crop_pixel(pixel + static_cast<std::size_t>(v % 2)));
      }
    content.views.push_back(std::move(view));
  }
  return content;
}

// Shards of made-up objects with features of the size of a ViT's beside them, in a folder of its own.
class MadeDataset {
 public:
  MadeDataset(int objects, int views, int channels) {
    Random random(1);
    for (int i = 0; i < objects; ++i) {
      const std::string uid = std::to_string(i);
      files_.push_back(folder_.path() / (uid + ".safetensors"));
      write_shard(files_.back(), random_object(uid, views, random));
      const Tensor features = torch::randn({views, 1, 3, kTokens, kTokens, channels}).to(torch::kFloat16);
      write_feature_file(feature_file(uid),
                         {TensorType::kF16,
                          features.sizes().vec(),
                          {static_cast<const std::byte*>(features.data_ptr()), features.nbytes()}},
                         kIdentity, false);
    }
    set_ = std::make_unique<TrainingSet>(files_, functions_of_shards(files_));
  }

  const TrainingSet& set() const { return *set_; }
  StoredFeatures stored() const {
    return {*set_, [this](const std::string& uid) { return feature_file(uid); }, kIdentity};
  }

 private:
  static constexpr const char* kIdentity = "bench";
  fs::path feature_file(const std::string& uid) const { return folder_.path() / (uid + ".features"); }

  ScratchFolder folder_{"funcorr-bench-shards"};
  std::vector<fs::path> files_;
  std::unique_ptr<TrainingSet> set_;
};

BatchShape batch_shape(const json& given, int pairs) {
  const int wanted = given.value("pairs", pairs);
  return {wanted, wanted, given.value("points", 128)};
}

// Pairs per second that a loader of the source gives.
double loaded_pairs(const Sampler& sampler, const ImageSource& source, int steps, int threads) {
  BatchLoader loader(sampler, source, {0, steps + 1, 1, 0, 1}, threads);
  loader.next();
  const double seconds = timed(1, [&] {
    for (int step = 0; step < steps; ++step) loader.next();
  });
  return steps * (sampler.shape().functional_pairs + sampler.shape().spatial_pairs) / seconds;
}

FunctionalModel random_head(const TrainingSet& set, int channels) {
  ModelConfig config;
  config.backbone_channels = channels;
  config.backbone_layers = 3;
  config.text.dimension = 512;
  config.functions = set.functions();
  return FunctionalModel(config, random_directions({static_cast<std::int64_t>(set.functions().size()), 512}));
}

// The whole of a training step from the shards on; returns the loss.
class Step {
 public:
  Step(FunctionalModel model, const Sampler& sampler, ImageSource& source)
      : model_(std::move(model)),
        sampler_(sampler),
        source_(source),
        optimizer_(model_->parameters(), 1e-4) {}
  double operator()() {
    optimizer_.zero_grad();
    const HostBatch host = gather_batch(sampler_.set(), source_, sampler_.batch(0));
    const Losses losses = training_losses(model_, to_device(host, source_, torch::kCPU), {});
    losses.total.backward();
    optimizer_.step();
    return losses.total.item<double>();
  }

 private:
  FunctionalModel model_;
  const Sampler& sampler_;
  ImageSource& source_;
  torch::optim::AdamW optimizer_;
};

// What PyTorch needs to do the same first step: pictures, pixels, texts and weights.
StateDict step_inputs(FunctionalModel model, const Sampler& sampler, LiveImages& images,
                      const StateDict& backbone) {
  const HostBatch host = gather_batch(sampler.set(), images, sampler.batch(0));
  const auto pictures = [](const HostImages& of) {
    return of.rgb.permute({0, 3, 1, 2}).to(torch::kFloat32) / 255;
  };
  StateDict inputs{
      {"images", pictures(host.functional)}, {"spatial_images", pictures(host.spatial)},
      {"functional_xy", host.functional_xy}, {"spatial_xy", host.spatial_xy},
      {"text", model->text(host.functions)}, {"spatial_text", model->text(host.spatial_functions)}};
  for (const auto& [name, tensor] : backbone) inputs["backbone." + name] = tensor;
  for (const auto& [name, tensor] : named_tensors(*model))
    if (name != "function_text") inputs["head." + name] = tensor.clone();
  return inputs;
}

}  // namespace

// Pairs per second that are drawn and gathered, from stored features of a ViT-B and from pictures, by one and
// two threads. "pairs" of each kind in a batch (50), "steps" (20), "objects" (16), "views" (12).
json bench_loading(const json& given) {
  const TorchSetting setting(given);
  const MadeDataset data(given.value("objects", 16), given.value("views", 12), 768);
  const Sampler sampler(data.set(), batch_shape(given, 50), 1);
  const StoredFeatures stored = data.stored();
  StateDict weights = random_dinov2(384, 1);
  Dinov2Backbone backbone(weights, {1});
  const LiveImages live(backbone, true);
  const int steps = given.value("steps", 20);
  json result;
  for (const int threads : {1, 2}) {
    const std::string suffix = "_pairs_per_second_by_" + std::to_string(threads);
    result["stored" + suffix] = loaded_pairs(sampler, stored, steps, threads);
    result["live" + suffix] = loaded_pairs(sampler, live, steps, threads);
  }
  return result;
}

// A whole training step with ViT-B/14 of random weights, live and from stored features (whose values are
// others, so that only the live loss is compared), against PyTorch with the same backbone and the factorised
// loss. "pairs" of each kind (16: the paper's 50 take minutes of a CPU).
json bench_training_step(const json& given) {
  TorchSetting setting(given);
  constexpr int kChannels = 768;
  setting.parameters["heads"] = kChannels / 64;
  const MadeDataset data(given.value("objects", 8), given.value("views", 6), kChannels);
  const Sampler sampler(data.set(), batch_shape(given, 16), 1);
  const StateDict weights = random_dinov2(kChannels, 12);
  Dinov2Backbone backbone(weights, {});
  LiveImages live(backbone, false);
  StoredFeatures stored = data.stored();
  const FunctionalModel head = random_head(data.set(), kChannels);
  const StateDict inputs = step_inputs(head, sampler, live, weights);

  json result;
  Step live_step(head, sampler, live);
  const double loss = live_step();
  result["seconds"] = timed(setting.rounds(), live_step);
  Step stored_step(random_head(data.set(), kChannels), sampler, stored);
  stored_step();
  result["stored_seconds"] = timed(3 * setting.rounds(), stored_step);
  result["pytorch"] = run_torch_peer("training_step", setting, inputs);
  add_comparison(result, "loss", loss);
  if (result["pytorch"].contains("seconds"))
    result["stored_times_faster"] =
        result["pytorch"]["seconds"].get<double>() / result["stored_seconds"].get<double>();
  return result;
}

}  // namespace funcorr
