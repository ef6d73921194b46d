#include "train/loss/losses.h"

#include <stdexcept>

#include "train/loss/autocast.h"

namespace funcorr {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

// Similarities of all points with all: [P, N, E] × [P, M, E] → [P, N, M].
Tensor similarities(const Tensor& a, const Tensor& b) { return torch::bmm(a, b.transpose(1, 2)); }

Tensor binary_cross_entropy(const Tensor& logits, double target) {
  // −log σ(x) = softplus(−x)
  return F::softplus(target > 0.5 ? -logits : logits).mean();
}

void need(const ImageFeatures& features, const char* what) {
  if (!features.defined()) throw std::invalid_argument(std::string("training losses: no ") + what);
}

// Embeddings at several sets of pixels of the same images in one pass of the head.
std::vector<Tensor> embed_sets(FunctionalModel& model, const ImageFeatures& features, const Tensor& text,
                               const std::vector<Tensor>& sets, torch::ScalarType precision) {
  const Tensor pixels = torch::cat(sets, 1);
  const Autocast products(pixels.device(), precision);
  const Tensor all = model->embed(model->tokens_at(features, pixels), text);
  std::vector<std::int64_t> lengths;
  for (const Tensor& set : sets) lengths.push_back(set.size(1));
  return all.split_with_sizes(lengths, 1);
}

PairEmbeddings embed_pairs(FunctionalModel& model, const TrainingBatch& batch, torch::ScalarType precision) {
  need(batch.features_1, "functional pairs");
  const Tensor text = model->text(batch.functions);
  const auto first =
      embed_sets(model, batch.features_1, text, {batch.positive_1_xy, batch.negative_1_xy}, precision);
  const auto second =
      embed_sets(model, batch.features_2, text, {batch.positive_2_xy, batch.negative_2_xy}, precision);
  return {first[0], first[1], second[0], second[1]};
}

void measure_similarity(const PairEmbeddings& e, Losses& losses) {
  const torch::NoGradGuard no_gradients;
  // The mean of all dot products of two sets is the dot product of their means.
  const auto mean = [](const Tensor& a, const Tensor& b) { return (a.mean(1) * b.mean(1)).sum(-1).mean(); };
  losses.positive_similarity = mean(e.positive_1, e.positive_2);
  losses.negative_similarity = (mean(e.positive_1, e.negative_2) + mean(e.positive_2, e.negative_1) +
                                mean(e.negative_1, e.negative_2)) /
                               3;
}

}  // namespace

torch::Tensor functional_loss_reference(const PairEmbeddings& e, double temperature) {
  const Tensor positive = similarities(e.positive_1, e.positive_2) / temperature;  // [P, a, b]
  const Tensor negative =
      torch::cat({similarities(e.positive_1, e.negative_2), similarities(e.positive_2, e.negative_1),
                  similarities(e.negative_1, e.negative_2)},
                 2);                                                            // [P, b, 3N]
  const Tensor partition = (negative / temperature).logsumexp(2).unsqueeze(1);  // [P, 1, b]
  return F::softplus(partition - positive).mean();
}

torch::Tensor functional_loss_paper(const PairEmbeddings& e, double temperature) {
  const Tensor positive = similarities(e.positive_1, e.positive_2) / temperature;  // [P, a, b]
  const Tensor rest = (e.negative_1 * e.negative_2).sum(-1).unsqueeze(1);          // [P, 1, k]
  const Tensor crossed = similarities(e.positive_1, e.negative_2);                 // [P, a, k]
  const Tensor negative = torch::cat({crossed, rest.expand_as(crossed)}, 2);
  const Tensor partition = (negative / temperature).logsumexp(2, true);  // [P, a, 1]
  return F::softplus(partition - positive).mean();
}

torch::Tensor spatial_loss(const Tensor& view_1, const Tensor& view_2, double temperature) {
  const Tensor logits = similarities(view_1, view_2) / temperature;  // [S, N, N]
  return (logits.logsumexp(2) - logits.diagonal(0, 1, 2)).mean();
}

torch::Tensor mask_loss(const Tensor& positive_1, const Tensor& negative_1, const Tensor& positive_2,
                        const Tensor& negative_2) {
  return (binary_cross_entropy(positive_1, 1) + binary_cross_entropy(negative_1, 0) +
          binary_cross_entropy(positive_2, 1) + binary_cross_entropy(negative_2, 0)) /
         4;
}

Losses training_losses(FunctionalModel& model, const TrainingBatch& batch, const LossOptions& options) {
  const bool functional = options.functional != FunctionalLoss::kNone;
  const bool spatial = options.spatial_weight > 0, mask = options.mask_weight > 0;
  if (!functional && !spatial) throw std::invalid_argument("training losses: every contrastive loss is off");
  Losses losses;
  std::vector<std::pair<double, Tensor>> terms;
  if (functional || mask) {
    const PairEmbeddings e = embed_pairs(model, batch, options.precision);
    measure_similarity(e, losses);
    if (functional) {
      losses.functional = options.functional == FunctionalLoss::kReference
                              ? functional_loss_reference(e, options.temperature)
                              : functional_loss_paper(e, options.temperature);
      terms.emplace_back(1, losses.functional);
    }
    if (mask) {
      losses.mask = mask_loss(model->mask_logits(e.positive_1), model->mask_logits(e.negative_1),
                              model->mask_logits(e.positive_2), model->mask_logits(e.negative_2));
      terms.emplace_back(options.mask_weight, losses.mask);
    }
  }
  if (spatial) {
    need(batch.spatial_features_1, "spatial pairs");
    const Tensor text = model->text(batch.spatial_functions);
    const auto view_1 =
        embed_sets(model, batch.spatial_features_1, text, {batch.spatial_1_xy}, options.precision);
    const auto view_2 =
        embed_sets(model, batch.spatial_features_2, text, {batch.spatial_2_xy}, options.precision);
    losses.spatial = spatial_loss(view_1[0], view_2[0], options.temperature);
    terms.emplace_back(functional ? options.spatial_weight : 1, losses.spatial);
  }
  double weights = 0;
  for (const auto& [weight, value] : terms) {
    losses.total = losses.total.defined() ? losses.total + weight * value : weight * value;
    weights += weight;
  }
  losses.total = losses.total / weights;
  return losses;
}

}  // namespace funcorr
