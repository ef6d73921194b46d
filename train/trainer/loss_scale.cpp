#include "train/trainer/loss_scale.h"

namespace funcorr {

using torch::Tensor;

torch::Tensor LossScale::scaled(const Tensor& loss) const {
  return is_on_ ? loss * state_[0].to(loss.scalar_type()) : loss;
}

void LossScale::unscale(const std::vector<Tensor>& gradients) {
  if (!is_on_ || gradients.empty()) return;
  const torch::NoGradGuard no_gradients;
  const Tensor scale = state_[0], steps = state_[1] + 1;
  std::vector<Tensor> largest;
  for (const Tensor& gradient : gradients) largest.push_back(gradient.abs().max());
  const Tensor is_finite = torch::isfinite(torch::stack(largest)).all();
  for (Tensor gradient : gradients)
    gradient.copy_(
        torch::where(is_finite, gradient / scale.to(gradient.scalar_type()), torch::zeros_like(gradient)));
  const Tensor grows = is_finite.logical_and(steps >= kGrowthSteps);
  const Tensor factor = torch::where(is_finite, 1 + grows.to(torch::kFloat64), torch::full_like(scale, 0.5));
  const Tensor counted =
      torch::where(is_finite.logical_and(grows.logical_not()), steps, torch::zeros_like(steps));
  state_.copy_(torch::stack({scale * factor, counted}));
}

}  // namespace funcorr
