#include <torch/torch.h>

#include "tests/catch.h"
#include "train/model/functional_model.h"

using namespace funcorr;
using torch::Tensor;

namespace {

ModelConfig config_of(bool shortcut) {
  ModelConfig config;
  config.backbone_channels = 20;
  config.backbone_layers = 2;
  config.head = {
      .token_dimension = 12, .hidden_dimension = 24, .embedding_dimension = 16, .shortcut = shortcut};
  config.text.dimension = 6;
  config.functions = {"cut with", "pour with"};
  return config;
}

struct Sample {
  Tensor tokens, pixels, text;  // [1, 12, 28, 28], [1, 50, 2], [1, 6]
};
Sample sample_of(FunctionalModel& model) {
  return {model->tokens(torch::randn({2, 1, 20, 28, 28})), torch::rand({1, 50, 2}) * kCropSize,
          model->text(torch::zeros({1}, torch::kInt64))};
}

Tensor cosines(const Tensor& rows) {  // [1, N, C] of any length → [N, N]
  const Tensor unit = torch::nn::functional::normalize(rows.squeeze(0),
                                                       torch::nn::functional::NormalizeFuncOptions().dim(-1));
  return unit.matmul(unit.t());
}

}  // namespace

TEST_CASE("with a shortcut training begins with the tokens' own cosines, whatever the function") {
  torch::manual_seed(1);
  FunctionalModel model(config_of(true));
  const torch::NoGradGuard no_gradients;
  const Sample sample = sample_of(model);
  const Tensor embedded = model->embed_at(sample.tokens, sample.pixels, sample.text);
  // Columns of an orthogonal matrix keep angles: equal to float32's rounding.
  CHECK(torch::allclose(cosines(embedded), cosines(sample_at_pixels(sample.tokens, sample.pixels)), 1e-4,
                        1e-5));
  const Tensor other =
      model->embed_at(sample.tokens, sample.pixels, model->text(torch::ones({1}, torch::kInt64)));
  CHECK(torch::equal(embedded, other));
}

TEST_CASE("with a shortcut every parameter learns, and many pixels of one image are embedded as a batch is") {
  torch::manual_seed(2);
  FunctionalModel model(config_of(true));
  torch::optim::SGD optimizer(model->parameters(), 0.5);
  for (int step = 0; step < 2;
       ++step) {  // the layers that begin at zero hold back the first step's gradients
    optimizer.zero_grad();
    const Sample sample = sample_of(model);
    const Tensor embedded = model->embed_at(sample.tokens, sample.pixels, sample.text);
    (cosines(embedded).square().sum() + model->mask_logits(embedded).sum()).backward();
    optimizer.step();
  }
  for (const auto& item : model->named_parameters()) {
    INFO(item.key());
    CHECK(item.value().grad().abs().sum().item<float>() > 0);
  }
  const torch::NoGradGuard no_gradients;
  const Sample sample = sample_of(model);
  CHECK(torch::allclose(
      model->embed_pixels(sample.tokens.squeeze(0), sample.text.squeeze(0), sample.pixels.squeeze(0)),
      model->embed_at(sample.tokens, sample.pixels, sample.text).squeeze(0), 1e-4, 1e-5));
}

TEST_CASE("a head without shortcut has the release's tensors only, and cannot stand in for one that has it") {
  FunctionalModel plain(config_of(false)), direct(config_of(true));
  std::map<std::string, Tensor> of_direct;
  for (const auto& [name, tensor] : named_tensors(*direct)) of_direct[name] = tensor;
  CHECK(of_direct.size() == named_tensors(*plain).size() + 1);
  CHECK(of_direct.contains("shortcut.weight"));
  std::map<std::string, Tensor> of_plain;
  for (const auto& [name, tensor] : named_tensors(*plain)) of_plain[name] = tensor;
  CHECK_THROWS_WITH(load_tensors(*direct, of_plain), Catch::Contains("shortcut.weight"));
}
