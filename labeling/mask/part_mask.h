#pragma once

#include <cstddef>
#include <span>

#include "db/dataset/record/part.h"
#include "db/dataset/visible_points.h"
#include "db/format/image.h"
#include "labeling/fusion/heat.h"

namespace funcorr {

struct MaskStyle {
  bool is_small = false, is_edge = false;  // flags of the part
};

// The release's pixel constants, made for views of 490 px and scaled with the side of others: counts by area,
// kernels to the nearest odd size of 3 or more, iterations so that the closing reaches equally far.
struct MaskConstants {
  std::size_t min_hot_points = 200;
  int blur_size = 11;
  int closing_size = 5, closing_iterations = 5;
  bool operator==(const MaskConstants&) const = default;
};
MaskConstants mask_constants(const MaskStyle& style, int view_size_px);

struct PartMask {
  Image8 mask;  // [H, W, 1], 0 or 255
  MaskBranch branch = MaskBranch::kEmpty;
};

// Mask of one part in one training view. `scaled_heat`: 0 … 1 by point id (scale_heat). `object_mask`: one
// channel, foreground above 127. Where several visible points share a pixel, the last one's heat stays there.
// Equal to the release pixel for pixel; OpenCV's 8-bit functions throughout. Throws std::out_of_range for ids
// or pixels outside.
PartMask part_mask(std::span<const double> scaled_heat, const VisiblePoints& visible,
                   const Image8& object_mask, const MaskStyle& style);

}  // namespace funcorr
