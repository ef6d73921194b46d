#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "db/dataset/record/box.h"
#include "db/format/options.h"
#include "eval/matching/matching.h"
#include "eval/metric/metrics.h"
#include "eval/metric/result_row.h"

namespace funcorr {

// What a row of the results table needs.
struct RowKind {
  bool needs_backbone = false;              // plain descriptors
  bool needs_diffusion = false;             // features of Stable Diffusion (train/model/diffusion.h)
  bool needs_run = false;                   // a training run of the row's name
  bool needs_masks = false;                 // pseudo-labels of the function's parts in both views
  std::optional<BoxSubject> needs_boxes{};  // a model's word on where the parts are in both views, asked so
  bool uses_mask_head = false;              // restricts matches to the predicted part

  bool is_told_parts() const { return needs_masks || needs_boxes; }
  bool needs_model() const { return needs_backbone || needs_diffusion || needs_run; }
};
RowKind row_kind(ResultRow row);

// What tells the row's results on a run from those on others (RowAndRun): for rows of trained runs the name
// of the training run, where it is not the row's own; for rows of a vision-language model that of the run of
// locate, `vlm`; else empty.
std::string run_of_results(ResultRow row, const std::string& run, const std::string& vlm = {});

// One image of a pair, with what the row needs of it.
struct RowImage {
  CropMask object;
  EmbeddedCrop embedded;  // by the row's model, all pixels; unused by kChance
  CropMask told_part;     // union of the masks, or of the boxes, of the function's parts
};

// What the row predicts for the pair. `seed`: of kChance.
PairMatches predict_row(ResultRow row, const RowImage& image_1, const RowImage& image_2,
                        const std::vector<PixelPair>& truth, std::uint64_t seed,
                        const InferenceOptions& inference = {});

// The pixels within which a match counts as right: k of PCK@k, and of F1@k and AP@k.
struct MetricThresholds {
  std::vector<double> transfer = kTransferThresholds;
  std::vector<double> discovery = kDiscoveryThresholds;
  static const OptionList<MetricThresholds>& options();
};

// Both measurements in both directions, named as the manifest names them.
struct NamedMetric {
  int direction = 0;
  std::string name;
  double value = 0;
};
std::vector<NamedMetric> measure(const std::vector<PixelPair>& truth, const PairMatches& matches,
                                 const MetricThresholds& thresholds);

}  // namespace funcorr
