#pragma once

#include <string>

#include <torch/torch.h>

namespace funcorr {

// "auto": the first GPU, else the CPU; "cpu", "cuda", "cuda:1" …. Throws std::runtime_error for others, and
// where LibTorch sees no such device.
torch::Device device_from_name(const std::string& name);

}  // namespace funcorr
