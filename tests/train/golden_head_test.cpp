// The trained head and its losses against the release's, on the release's own checkpoint format.
#include <filesystem>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/train/golden_tensor.h"
#include "train/backbone/dinov2.h"
#include "train/loss/losses.h"
#include "train/model/functional_model.h"
#include "train/weights/state_dict.h"

using namespace funcorr;
using tests::largest_difference;
using tests::load_tensor;
using torch::Tensor;
namespace fs = std::filesystem;

namespace {

constexpr double kFeatureTolerance = 1e-4, kLossTolerance = 1e-5;

// epoch_0100.pt: the head and, in it, its backbone; head_lang as the text features of four functions.
struct GoldenModel {
  explicit GoldenModel(const fs::path& folder)
      : tensors(without_prefix(load_state_dict(folder / "epoch_0100.pt"), "model.")),
        backbone(dinov2_weights(without_prefix(tensors, "image_embedder.dino_vit.")),
                 {.layers = 3, .heads = tests::golden_sizes(folder).heads}),
        images(load_tensor(folder / "head_images.npy")),
        positive(load_tensor(folder / "head_pos_xy.npy").to(torch::kFloat32)),
        negative(load_tensor(folder / "head_neg_xy.npy").to(torch::kFloat32)) {
    ModelConfig config;
    config.functions = {"a", "b", "c", "d"};
    config.backbone_channels = backbone.channels();
    config.backbone_layers = backbone.layers();
    const Tensor text = load_tensor(folder / "head_lang.npy");
    head = FunctionalModel(config, text);
    StateDict with_text = tensors;
    with_text["function_text"] = text;
    load_tensors(*head, with_text);
  }

  StateDict tensors;
  Dinov2Backbone backbone;
  Tensor images, positive, negative;
  FunctionalModel head = nullptr;
};

Tensor indices(std::vector<std::int64_t> values) { return torch::tensor(values, torch::kInt64); }

TrainingBatch golden_batch(GoldenModel& model, const fs::path& folder) {
  const auto features = [&](std::vector<std::int64_t> which) {
    return model.backbone.forward(model.images.index_select(0, indices(std::move(which))));
  };
  const auto pick = [](const Tensor& pixels, std::vector<std::int64_t> which) {
    return pixels.index_select(0, indices(std::move(which)));
  };
  TrainingBatch batch;
  batch.features_1 = features({0, 2});
  batch.features_2 = features({1, 3});
  batch.functions = indices({0, 2});
  batch.positive_1_xy = pick(model.positive, {0, 2});
  batch.negative_1_xy = pick(model.negative, {0, 2});
  batch.positive_2_xy = pick(model.positive, {1, 3});
  batch.negative_2_xy = pick(model.negative, {1, 3});
  batch.spatial_features_1 = features({0, 1});
  batch.spatial_features_2 = features({2, 3});
  batch.spatial_functions = indices({0, 1});
  batch.spatial_1_xy = load_tensor(folder / "head_co1_xy.npy").to(torch::kFloat32);
  batch.spatial_2_xy = load_tensor(folder / "head_co2_xy.npy").to(torch::kFloat32);
  return batch;
}

void check_loss(const Tensor& loss, double expected) {
  CHECK_THAT(loss.item<double>(), Catch::WithinRel(expected, kLossTolerance));
}

}  // namespace

TEST_CASE("embeddings, heatmaps and masks of the release's checkpoint equal the golden ones") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const fs::path folder = golden / "model";
  GoldenModel model(folder);
  const torch::NoGradGuard no_gradients;
  const Tensor features = model.backbone.forward(model.images);
  const Tensor tokens = model.head->tokens(features);
  const Tensor text = model.head->text(indices({0, 1, 2, 3}));
  const Tensor embeddings = model.head->embed_at(tokens, model.positive, text);
  CHECK(largest_difference(embeddings, load_tensor(folder / "embedding.npy")) < kFeatureTolerance);

  const Tensor dense = model.head->embed_dense(tokens[1], text[1]);
  const Tensor heatmap = embeddings[0].narrow(0, 0, 3).matmul(dense.t()).view({3, 224, 224});
  CHECK(largest_difference(heatmap, load_tensor(folder / "heatmap.npy")) < kFeatureTolerance);

  const Tensor mask = model.head->mask_logits(model.head->embed_dense(tokens[0], text[0])).view({224, 224});
  const Tensor expected = load_tensor(folder / "mask_pred.npy").to(torch::kFloat32);
  CHECK(largest_difference((mask > 0).to(torch::kFloat32), (expected > 0).to(torch::kFloat32)) == 0);

  const Tensor plain = plain_tokens(features);
  const Tensor source =
      plain_descriptors(plain.narrow(0, 0, 1), model.positive.narrow(0, 0, 1).narrow(1, 0, 3));
  const Tensor target = plain_descriptors(plain.narrow(0, 1, 1), all_pixels(224, torch::kCPU));
  const Tensor plain_heatmap = source[0].matmul(target[0].t()).view({3, 224, 224});
  CHECK(largest_difference(plain_heatmap, load_tensor(folder / "dino_heatmap.npy")) < kFeatureTolerance);
}

TEST_CASE("losses and every gradient equal the golden ones") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const fs::path folder = golden / "model";
  GoldenModel model(folder);
  const Losses losses = training_losses(model.head, golden_batch(model, folder), {});
  const nlohmann::json expected = tests::load_json(folder / "losses.json");
  check_loss(losses.functional, expected.at("loss_functional"));
  check_loss(losses.mask, expected.at("loss_mask"));
  check_loss(losses.spatial, expected.at("loss_spatial"));
  check_loss(losses.total, expected.at("loss_total_weighted"));
  check_loss(losses.positive_similarity, expected.at("pos_similarity"));
  check_loss(losses.negative_similarity, expected.at("neg_similarity"));

  losses.total.backward();
  int checked = 0;
  for (const auto& parameter : model.head->named_parameters()) {
    const fs::path file = folder / ("grad__" + parameter.key() + ".npy");
    if (!fs::exists(file)) continue;
    const Tensor golden_gradient = load_tensor(file);
    const Tensor gradient = parameter.value().grad().narrow(0, 0, golden_gradient.size(0));
    INFO(parameter.key());
    const double scale = golden_gradient.abs().max().item<double>();
    CHECK(largest_difference(gradient, golden_gradient) < 1e-4 * scale + 1e-9);
    ++checked;
  }
  CHECK(checked == 9);
}

TEST_CASE("the ablations weigh their losses as the release does") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const fs::path folder = golden / "model";
  GoldenModel model(folder);
  const TrainingBatch batch = golden_batch(model, folder);
  const torch::NoGradGuard no_gradients;
  const nlohmann::json expected = tests::load_json(folder / "losses.json");
  const double functional = expected.at("loss_functional"), mask = expected.at("loss_mask"),
               spatial = expected.at("loss_spatial");
  const auto total = [&](FunctionalLoss kind, double spatial_weight, double mask_weight) {
    return training_losses(model.head, batch, {kind, spatial_weight, mask_weight}).total;
  };
  check_loss(total(FunctionalLoss::kReference, 0, 1), (functional + mask) / 2);
  check_loss(total(FunctionalLoss::kNone, 10, 1), (spatial + mask) / 2);
  check_loss(total(FunctionalLoss::kReference, 0, 0), functional);
  check_loss(total(FunctionalLoss::kReference, 10, 0), (functional + 10 * spatial) / 11);
  CHECK_THROWS_AS(total(FunctionalLoss::kNone, 0, 1), std::invalid_argument);
}
