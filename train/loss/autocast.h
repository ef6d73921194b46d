#pragma once

#include <ATen/autocast_mode.h>
#include <torch/torch.h>
#include <torch/version.h>

namespace funcorr {

// While it lives, this thread's matrix products on `device` run in `precision`, whatever their operands are
// (LibTorch's autocast); float32: nothing changes. One at a time.
class Autocast {
 public:
  Autocast(const torch::Device& device, torch::ScalarType precision)
      : device_(device.type()), is_on_(precision != torch::kFloat32) {
    if (is_on_) set(true, precision);
  }
  ~Autocast() {
    if (!is_on_) return;
    set(false, torch::kFloat32);
    at::autocast::clear_cache();
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  void set(bool enabled, torch::ScalarType precision) const {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    if (enabled) at::autocast::set_autocast_dtype(device_, precision);
    at::autocast::set_autocast_enabled(device_, enabled);
#else
    if (device_ == torch::kCPU) {
      if (enabled) at::autocast::set_autocast_cpu_dtype(precision);
      at::autocast::set_cpu_enabled(enabled);
    } else {
      if (enabled) at::autocast::set_autocast_gpu_dtype(precision);
      at::autocast::set_enabled(enabled);
    }
#endif
  }

  torch::DeviceType device_;
  bool is_on_;
};

}  // namespace funcorr
