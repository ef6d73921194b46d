#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eval/matching/matching.h"
#include "eval/metric/metrics.h"

namespace funcorr {

// What a row of the results table needs.
struct RowKind {
  bool needs_backbone = false;   // plain descriptors
  bool needs_diffusion = false;  // features of Stable Diffusion (train/model/diffusion.h)
  bool needs_run = false;        // a training run of the row's name
  bool needs_vlm_masks = false;  // pseudo-labels of the function's parts in both views
  bool uses_mask_head = false;   // restricts matches to the predicted part
};
// Throws std::invalid_argument naming the known rows.
RowKind row_kind(const std::string& row);

// One image of a pair, with what the row needs of it.
struct RowImage {
  CropMask object;
  DenseFeatures features;               // of the row's model; unused by "chance"
  std::vector<float> mask_probability;  // of the mask head
  CropMask vlm_mask;                    // union of the masks of the function's parts
};

// What the row predicts for the pair. `seed`: of "chance".
PairMatches predict_row(const std::string& row, const RowImage& image_1, const RowImage& image_2,
                        const std::vector<PixelPair>& truth, std::uint64_t seed);

// Both measurements in both directions, named as the manifest names them.
struct NamedMetric {
  int direction = 0;
  std::string name;
  double value = 0;
};
std::vector<NamedMetric> measure(const std::vector<PixelPair>& truth, const PairMatches& matches,
                                 const std::vector<double>& transfer_thresholds,
                                 const std::vector<double>& discovery_thresholds);

}  // namespace funcorr
