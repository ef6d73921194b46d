// Training and embedding on a device that the host cannot look into (foreign_device.h) equal the CPU's, and
// nothing is read back but where a point of the curves is due.
#include "tests/train/foreign_device.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>

#include "db/dataset/crop.h"
#include "tests/catch.h"
#include "tests/train/small_run.h"
#include "tests/train/small_training.h"
#include "train/model/crop_embedding.h"
#include "train/weights/state_dict.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::copies_to_host;
using tests::foreign_device;
using torch::Tensor;

// What a run gives on a device, and how often each of its steps read something back.
struct Run {
  std::vector<std::int64_t> copies;
  StateDict tensors;
};

Run run_on(const std::string& device, const TrainingConfig& config, const TrainingFiles& files,
           const fs::path& folder) {
  TrainingResources resources;
  resources.device.name = device;
  resources.loader_threads = 1;
  resources.checkpoint_every = 1000;
  Run run;
  std::int64_t before = copies_to_host();
  TrainingHooks hooks = tests::plain_hooks();
  hooks.stop_requested = [&] {  // once after every step
    const std::int64_t now = copies_to_host();
    run.copies.push_back(now - std::exchange(before, now));
    return false;
  };
  CHECK(train_model(config, resources, files, folder, hooks).finished);
  run.tensors = load_state_dict(folder / "final.safetensors");
  return run;
}

// Of the largest value.
double difference(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>() / std::max(b.abs().max().item<double>(), 1e-30);
}

}  // namespace

TEST_CASE("foreign device: kernels give what the CPU's give, and copies to the host are counted",
          "[train][device]") {
  torch::manual_seed(2);
  const Tensor a = torch::randn({5, 7}), b = torch::randn({7, 3});
  const std::int64_t before = copies_to_host();
  Tensor on_device = a.to(foreign_device()).requires_grad_(true);
  const Tensor loss =
      (torch::matmul(on_device, b.to(foreign_device())).transpose(0, 1).relu() + 1).log().sum();
  loss.backward();
  CHECK(copies_to_host() == before);
  CHECK(on_device.grad().device() == foreign_device());
  Tensor here = a.clone().requires_grad_(true);
  const Tensor expected = (torch::matmul(here, b).transpose(0, 1).relu() + 1).log().sum();
  expected.backward();
  CHECK(std::abs(loss.item<float>() - expected.item<float>()) < 1e-6);
  CHECK(copies_to_host() == before + 1);
  CHECK(difference(on_device.grad().cpu(), here.grad()) < 1e-6);
  CHECK(copies_to_host() == before + 2);
}

TEST_CASE("foreign device: the host dies of reading its memory", "[train][device]") {
  const Tensor tensor = torch::ones({4}).to(foreign_device());
  const auto* values = static_cast<const float*>(tensor.data_ptr());
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL);
    _exit(values[0] == 1 ? 1 : 2);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGSEGV);
}

TEST_CASE(
    "foreign device: training there equals the CPU's, and reads back a loss and a point when one is due",
    "[train][device]") {
  const tests::TrainingData data;
  TrainingConfig config = tests::small_training();
  config.validation_every = 0;
  const bool with_stored = GENERATE(true, false);
  INFO((with_stored ? "stored features" : "live features on backgrounds"));
  const TrainingFiles& files = with_stored ? data.stored : data.live;
  config.accumulation = with_stored ? 2 : 1;
  const Run here = run_on("cpu", config, files, data.folder / "here");
  const Run there = run_on(foreign_device().str(), config, files, data.folder / "there");
  CHECK(std::all_of(here.copies.begin(), here.copies.end(), [](std::int64_t n) { return n == 0; }));
  REQUIRE(there.copies.size() == static_cast<std::size_t>(config.steps));
  for (std::size_t step = 1; step < there.copies.size(); ++step) {  // before the first the run is set up
    INFO("step " << step + 1);
    const bool has_point = (step + 1) % static_cast<std::size_t>(config.log_every) == 0;
    CHECK(there.copies[step] == (has_point ? config.accumulation + 1 : 0));
  }
  REQUIRE(here.tensors.size() == there.tensors.size());
  // The same kernels in the same order; sums that run through threads may differ in their last bits.
  for (const auto& [name, tensor] : here.tensors) {
    INFO(name);
    CHECK(difference(there.tensors.at(name), tensor) < 1e-5);
  }
}

TEST_CASE("foreign device: a crop's embeddings there equal the CPU's, and are read back once each",
          "[train][device]") {
  torch::manual_seed(4);
  const ModelConfig config = tests::small_config();
  FunctionalModel model(config);
  const auto backbone = make_backbone(config.backbone);
  std::vector<std::uint8_t> rgb(3UL * kCropPixels);
  for (std::size_t i = 0; i < rgb.size(); ++i) rgb[i] = static_cast<std::uint8_t>(i * 7 % 251);
  const std::vector<std::int32_t> pixels{0, 777, kCropPixels - 1};
  const auto embed_on = [&](const torch::Device& device) {
    model->to(device);
    backbone->to(device);
    const Tensor text = model->text(torch::zeros({1}, torch::TensorOptions(device).dtype(torch::kInt64)));
    return embed_crop(*backbone, model, text[0], rgb, pixels);
  };
  const PixelEmbeddings here = embed_on(torch::kCPU);
  const std::int64_t before = copies_to_host();
  const PixelEmbeddings there = embed_on(foreign_device());
  CHECK(copies_to_host() - before == 2);  // embeddings and probabilities
  CHECK(there.channels == here.channels);
  CHECK(difference(torch::tensor(there.values), torch::tensor(here.values)) < 1e-6);
  CHECK(difference(torch::tensor(there.mask_probability), torch::tensor(here.mask_probability)) < 1e-6);
}

TEST_CASE("foreign device: features of a shard are those of the CPU, byte for byte", "[train][device]") {
  const tests::TrainingData data;
  const fs::path shard = data.live.train.front();
  const auto extract_on = [&](const std::string& device) {
    const fs::path file = data.folder / (device.substr(0, 3) + ".features");
    FeatureExtractor({.backgrounds = 2, .device = {device}, .backbone = {}}).extract(shard, file);
    return tests::read_text(file);
  };
  CHECK((extract_on(foreign_device().str()) == extract_on("cpu")));
}

}  // namespace funcorr
