#pragma once

#include <stdexcept>

#include <torch/torch.h>

#include "train/model/precision.h"

namespace funcorr {

inline torch::ScalarType scalar_type_of(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return torch::kFloat32;
    case Precision::kBFloat16:
      return torch::kBFloat16;
    case Precision::kFloat16:
      return torch::kFloat16;
  }
  throw std::logic_error("no such precision");
}

}  // namespace funcorr
