#pragma once

#include <stdexcept>
#include <string>

#include <torch/torch.h>

namespace funcorr {

// "float32", "bfloat16" or "float16"; throws std::runtime_error for others.
inline torch::ScalarType precision_from_name(const std::string& name) {
  if (name == "float32") return torch::kFloat32;
  if (name == "bfloat16") return torch::kBFloat16;
  if (name == "float16") return torch::kFloat16;
  throw std::runtime_error("precision \"" + name + "\" is unknown; float32, bfloat16 or float16 is expected");
}

}  // namespace funcorr
