#pragma once

#include <array>

#include "db/format/named_enum.h"

namespace funcorr {

// The form of the functional loss (train/loss/losses.h): the release's, the paper's equation (1), or none.
enum class FunctionalLoss { kReference, kPaper, kNone };
constexpr auto names_of(FunctionalLoss) {
  return std::to_array<EnumName<FunctionalLoss>>({{FunctionalLoss::kReference, "reference"},
                                                  {FunctionalLoss::kPaper, "paper"},
                                                  {FunctionalLoss::kNone, "none"}});
}

}  // namespace funcorr
