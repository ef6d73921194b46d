#pragma once

#include <array>
#include <string>

#include "db/format/named_enum.h"

namespace funcorr {

// What an asset is used for: training, a test object of a trained category, or an object of a category that
// training never saw.
enum class Split { kTrain, kTest, kUnseen };
constexpr auto names_of(Split) {
  return std::to_array<EnumName<Split>>(
      {{Split::kTrain, "train"}, {Split::kTest, "test"}, {Split::kUnseen, "unseen"}});
}

struct AssetSplit {
  std::string uid, category;
  Split split;
};

}  // namespace funcorr
