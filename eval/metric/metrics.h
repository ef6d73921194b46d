#pragma once

#include <vector>

#include "db/dataset/pixel.h"

namespace funcorr {

// The paper's two measurements of a pair in one direction. Thresholds are pixels of the crop and inclusive.
// Everything here throws std::invalid_argument on an empty or ill-matched input.

inline const std::vector<double> kTransferThresholds{23, 15, 10};
inline const std::vector<double> kDiscoveryThresholds{23, 15, 10, 5};

struct TransferMetrics {
  double normalized_distance = 0;  // mean pixel distance / 223
  std::vector<double> pck;         // per threshold: share of pixels with distance ≤ threshold
};
// `predicted` and `truth`: [n] pixels of the target image, for the same n source pixels.
TransferMetrics label_transfer(const std::vector<Pixel>& truth, const std::vector<Pixel>& predicted,
                               const std::vector<double>& thresholds = kTransferThresholds);

// Precision and recall at the cut-offs 1 %, 2 % … 100 % of a ranking.
struct DiscoveryMetrics {
  double threshold = 0;                   // px
  std::vector<double> precision, recall;  // [100]
  double best_f1 = 0;
  double average_precision = 0;
};
// `ranked`: best first. A kept pair is right if one ground-truth pair has both ends within the threshold of
// its ends; a ground-truth pair is recovered if some kept pair is that near. A cut-off that keeps no pair has
// precision and recall 0. One result per threshold. O(pairs × ground truth near them), by a grid over both
// images.
std::vector<DiscoveryMetrics> discovery(const std::vector<PixelPair>& truth,
                                        const std::vector<PixelPair>& ranked,
                                        const std::vector<double>& thresholds = kDiscoveryThresholds);

}  // namespace funcorr
