#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "db/format/safetensors.h"
#include "train/weights/torch_archive.h"

namespace funcorr {

// Tensors by name, on the CPU.
using StateDict = std::map<std::string, torch::Tensor>;

// All tensors of a weights file: safetensors, or what torch.save or TorchScript wrote (told apart by their
// first bytes); of several, named by Hugging Face's index (*.index.json); or of a folder of such files.
// Nested containers become dotted names ("model.mask_projection.bias", "optimizer.state.0.step"). Tensors are
// copied out of the mapped file. Throws std::runtime_error that names the file and what is wrong, also what
// stands in its place (a Git LFS pointer, a web page).
StateDict load_state_dict(const std::filesystem::path& path);

// A contiguous copy of a mapped tensor; and a view of a contiguous CPU tensor, which must outlive it.
torch::Tensor to_tensor(const TensorView& view);
torch::Tensor to_tensor(const StridedView& view);
TensorView to_view(const torch::Tensor& tensor);

// The members whose names begin with `prefix`, without it.
StateDict without_prefix(const StateDict& tensors, const std::string& prefix);

// A model out of what wraps it ("module.", "state_dict.", "teacher.backbone.", …): the members below the one
// prefix below which all of `names` stand, without it; all tensors where that is none, nothing where there is
// no such prefix. Of several the teacher's; throws std::runtime_error that lists them where that decides
// nothing.
std::optional<StateDict> unwrapped(const StateDict& tensors, const std::vector<std::string>& names);

// For messages: how many tensors there are, and the first names.
std::string names_of(const StateDict& tensors);

// Throws std::runtime_error that names the tensor where a value is NaN or infinite.
void check_finite(const torch::Tensor& tensor, const std::string& name);

// 64 bits over names, shapes and values in name order, eight bytes at a time, as 16 hex digits: tells weights
// apart, no protection against intent. Checkpoints and feature files keep it, so its values stay as they are.
std::string content_hash(const StateDict& tensors);

}  // namespace funcorr
