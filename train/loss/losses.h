#pragma once

#include <torch/torch.h>

#include "train/loss/functional_loss.h"
#include "train/model/functional_model.h"

namespace funcorr {

// Contrastive losses of the paper (equations 1–3), all with temperature τ, in float32, without host
// synchronisation. Embeddings are L2-normalised, [P, N, E]: P pairs, N points per image.

inline constexpr double kTemperature = 0.1;

// Embeddings of a batch's pairs at pixels of the functional part (positive) and of the rest (negative).
struct PairEmbeddings {
  torch::Tensor positive_1, negative_1, positive_2, negative_2;  // [P, N, E]
};

// The release's form: the pair of positives (a, b) against 3N negatives, all indexed by b: b⁺ of image 1 with
// the negatives of image 2, b⁺ of image 2 with those of image 1, and b⁻ of image 1 with those of image 2.
// They do not depend on a, so that the mean cross-entropy factorises into softplus(S_b − p_ab) with S_b =
// logsumexp over the 3N negatives: O(N²) values instead of O(N³).
torch::Tensor functional_loss_reference(const PairEmbeddings& embeddings, double temperature = kTemperature);
// Equation (1): negatives of (a, b) are a⁺ of image 1 with every negative of image 2, and the k-th negatives
// of both images with each other.
torch::Tensor functional_loss_paper(const PairEmbeddings& embeddings, double temperature = kTemperature);
// Equation (2): corresponding points of two views, [P, N, E] each; point k of view 1 against all of view 2.
torch::Tensor spatial_loss(const torch::Tensor& view_1, const torch::Tensor& view_2,
                           double temperature = kTemperature);
// Mean of the four groups' binary cross-entropies with logits [P, N] each.
torch::Tensor mask_loss(const torch::Tensor& positive_1, const torch::Tensor& negative_1,
                        const torch::Tensor& positive_2, const torch::Tensor& negative_2);

struct LossOptions {
  FunctionalLoss functional = FunctionalLoss::kReference;
  double spatial_weight = 10;  // λ_spatial; 0: none
  double mask_weight = 1;      // λ_mask; 0: none
  double temperature = kTemperature;
  // Of the matrix products from features to embeddings. Embeddings, similarities and losses are float32.
  torch::ScalarType precision = torch::kFloat32;
};

// What one training step looks at. Functional pairs and spatial pairs are independent of each other; either
// may be empty (undefined tensors) where its loss is off.
struct TrainingBatch {
  ImageFeatures features_1, features_2;  // of P images each; gathered for positive, then negative pixels
  torch::Tensor functions;               // [P] int64
  torch::Tensor positive_1_xy, negative_1_xy, positive_2_xy, negative_2_xy;  // [P, N, 2] crop pixels
  ImageFeatures spatial_features_1, spatial_features_2;                      // of S images each
  torch::Tensor spatial_functions;                                           // [S] int64
  torch::Tensor spatial_1_xy, spatial_2_xy;                                  // [S, N, 2]: row i ↔ row i
};

// Scalars on the device; undefined where the loss is off.
struct Losses {
  torch::Tensor functional, spatial, mask;
  // (L_func + λ_mask·L_mask + λ_spatial·L_spatial) / (1 + λ_mask + λ_spatial); where only one of functional
  // and spatial is on, it has weight 1: (L + λ_mask·L_mask) / (1 + λ_mask), as in the release.
  torch::Tensor total;
  // Mean cosine similarity of positive pairs, and of negative ones (b⁺ of image 1 with negatives of image 2,
  // and so on); without gradient.
  torch::Tensor positive_similarity, negative_similarity;
};

// The head on a batch. Throws std::invalid_argument where a loss that is on lacks its data.
Losses training_losses(FunctionalModel& model, const TrainingBatch& batch, const LossOptions& options);

}  // namespace funcorr
