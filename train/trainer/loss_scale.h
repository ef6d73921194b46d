#pragma once

#include <vector>

#include <torch/torch.h>

namespace funcorr {

// Keeps gradients within float16's range: the loss is multiplied before it is differentiated, gradients are
// divided afterwards. Where one of them overflowed, all are zero for this step (the optimiser then moves by
// its momentum alone) and the scale is halved; it doubles after kGrowthSteps steps without overflow. Stays on
// the device; no host synchronisation.
class LossScale {
 public:
  static constexpr double kFirst = 65536;
  static constexpr int kGrowthSteps = 2000;

  // `is_on` false: the scale stays 1, and gradients are left as they are.
  LossScale(const torch::Device& device, bool is_on)
      : state_(torch::tensor({is_on ? kFirst : 1.0, 0.0}, torch::kFloat64).to(device)), is_on_(is_on) {}

  torch::Tensor scaled(const torch::Tensor& loss) const;
  // Gradients of a whole step, in place.
  void unscale(const std::vector<torch::Tensor>& gradients);

  // [2] float64: the scale, and the steps since it last changed. Part of a checkpoint.
  torch::Tensor& state() { return state_; }

 private:
  torch::Tensor state_;
  bool is_on_;
};

}  // namespace funcorr
