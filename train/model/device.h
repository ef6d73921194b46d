#pragma once

#include <string>

#include <torch/torch.h>

namespace funcorr {

// "auto": a GPU, else the CPU; "cpu", "cuda", "cuda:1" …. A GPU without a number is the first one, or that of
// a process among several on this machine. Throws std::runtime_error for others, and where LibTorch sees no
// such device.
torch::Device device_from_name(const std::string& name, int local_rank = 0);

}  // namespace funcorr
