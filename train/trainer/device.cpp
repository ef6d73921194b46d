#include "train/trainer/device.h"

#include <stdexcept>

namespace funcorr {

torch::Device device_from_name(const std::string& name) {
  if (name == "auto") return torch::cuda::is_available() ? torch::kCUDA : torch::kCPU;
  torch::Device device = torch::kCPU;
  try {
    device = torch::Device(name);
  } catch (const c10::Error&) {
    throw std::runtime_error("device \"" + name + "\" is unknown; auto, cpu, cuda or cuda:1 is expected");
  }
  if (device.is_cuda() && !torch::cuda::is_available())
    throw std::runtime_error("device " + name + ": this LibTorch sees no CUDA device; cpu is there");
  return device;
}

}  // namespace funcorr
