#pragma once

#include <array>

#include "db/format/named_enum.h"

namespace funcorr {

// The rows of the results table, in its order.
enum class ResultRow {
  kChance,       // random pixels of the other object's mask, in random order
  kBackbone,     // nearest neighbours of the frozen backbone's descriptors
  kDiffusion,    // of Stable Diffusion's
  kSdDino,       // of both, joined
  kVlmBackbone,  // of the backbone's, within the boxes of the function's parts in the two images themselves
  kVlmFunctionBackbone,  // likewise, where the model was asked by the function alone
  kFusedBackbone,        // within the masks that are fused from boxes in other views of the objects
  kFunctional,           // runs of training: without spatial loss
  kSpatial,              // without functional loss
  kFullNoMask,           // without mask head
  kFull,                 // all of the paper's model
};
constexpr auto names_of(ResultRow) {
  return std::to_array<EnumName<ResultRow>>({{ResultRow::kChance, "chance"},
                                             {ResultRow::kBackbone, "backbone"},
                                             {ResultRow::kDiffusion, "sd"},
                                             {ResultRow::kSdDino, "sd-dino"},
                                             {ResultRow::kVlmBackbone, "vlm+backbone"},
                                             {ResultRow::kVlmFunctionBackbone, "vlm-function+backbone"},
                                             {ResultRow::kFusedBackbone, "fused+backbone"},
                                             {ResultRow::kFunctional, "functional"},
                                             {ResultRow::kSpatial, "spatial"},
                                             {ResultRow::kFullNoMask, "full-no-mask"},
                                             {ResultRow::kFull, "full"}});
}

// Begins what a row's name says of an inference that is not the paper's: "full~match-mutual".
inline constexpr char kInferenceMark = '~';

}  // namespace funcorr
