#pragma once

#include <array>

#include "db/format/named_enum.h"

namespace funcorr {

// What matrix products run in.
enum class Precision { kFloat32, kBFloat16, kFloat16 };
constexpr auto names_of(Precision) {
  return std::to_array<EnumName<Precision>>({{Precision::kFloat32, "float32"},
                                             {Precision::kBFloat16, "bfloat16"},
                                             {Precision::kFloat16, "float16"}});
}

}  // namespace funcorr
