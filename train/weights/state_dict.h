#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include <torch/torch.h>

#include "db/format/safetensors.h"
#include "train/weights/torch_archive.h"

namespace funcorr {

// Tensors by name, on the CPU.
using StateDict = std::map<std::string, torch::Tensor>;

// All tensors of a weights file: safetensors, or a PyTorch or TorchScript archive (told apart by their first
// bytes). Nested containers become dotted names ("model.mask_projection.bias", "optimizer.state.0.step").
// Tensors are copied out of the mapped file. Throws std::runtime_error that names the file and what is wrong.
StateDict load_state_dict(const std::filesystem::path& file);

// A contiguous copy of a mapped tensor; and a view of a contiguous CPU tensor, which must outlive it.
torch::Tensor to_tensor(const TensorView& view);
torch::Tensor to_tensor(const StridedView& view);
TensorView to_view(const torch::Tensor& tensor);

// The members whose names begin with `prefix`, without it.
StateDict without_prefix(const StateDict& tensors, const std::string& prefix);

// 64 bits over names, shapes and values in name order, eight bytes at a time, as 16 hex digits: tells weights
// apart, no protection against intent. Checkpoints and feature files keep it, so its values stay as they are.
std::string content_hash(const StateDict& tensors);

}  // namespace funcorr
