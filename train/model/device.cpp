#include "train/model/device.h"

#include <stdexcept>

namespace funcorr {

torch::Device device_from_name(const std::string& name, int local_rank) {
  if (name == "auto") return device_from_name(torch::cuda::is_available() ? "cuda" : "cpu", local_rank);
  torch::Device device = torch::kCPU;
  try {
    device = torch::Device(name);
  } catch (const c10::Error&) {
    throw std::runtime_error("device \"" + name + "\" is unknown; auto, cpu, cuda or cuda:1 is expected");
  }
  if (device.is_cuda() && !torch::cuda::is_available())
    throw std::runtime_error("device " + name + ": this LibTorch sees no CUDA device; cpu is there");
  if (!device.is_cuda()) return device;
  const int index = device.has_index() ? device.index() : local_rank;
  const auto devices = static_cast<int>(torch::cuda::device_count());
  if (index >= devices)
    throw std::runtime_error("device cuda:" + std::to_string(index) + ": this LibTorch sees " +
                             std::to_string(devices) + " CUDA devices");
  return {torch::kCUDA, static_cast<torch::DeviceIndex>(index)};
}

}  // namespace funcorr
