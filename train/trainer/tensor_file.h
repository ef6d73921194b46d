#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "db/format/safetensors.h"

namespace funcorr {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

// LibTorch's tensors in safetensors files. Tensors of any device and layout; written contiguous.
void write_tensors(const std::filesystem::path& file, const NamedTensors& tensors,
                   const std::map<std::string, std::string>& metadata);
// A copy of a tensor of the file, on the CPU.
torch::Tensor tensor_from(const TensorView& view);
// Likewise, on the device of `like`; throws std::runtime_error where type or shape are not those of `like`.
torch::Tensor read_tensor_like(const SafetensorsFile& file, const std::string& name,
                               const torch::Tensor& like);

}  // namespace funcorr
