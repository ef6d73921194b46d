#pragma once

#include <array>
#include <span>
#include <vector>

#include "labeling/fusion/point_scores.h"

namespace funcorr {

// Calibrated: of the points with a probability p about a share p is of the part, over the objects that the
// table was made with (calibration.cpp).
struct Posterior {
  std::vector<double> values;  // [N] by point id, 0 … 1
  double threshold = 1;        // best_cut() of them
  double doubt = 1;            // 1 − the expected intersection over union: 0 where every point is sure
};

// Where to cut probabilities to get the set that agrees best with the truth: the one of the greatest expected
// intersection over union, Σ_in p / (|in| + Σ_out p). At ½ a part that is nowhere sure would be lost whole.
struct Cut {
  double threshold = 1;  // in is what lies above
  double expected_iou = 0;
};
Cut best_cut(std::span<const double> posterior);

Posterior posterior_of(const PointScores& scores, bool is_edge);

// The knots of the table of calibrated().
inline constexpr std::array kAgreements{0.50, 0.65, 0.80};
inline constexpr std::array kMargins{-0.90, -0.60, -0.45, -0.35, -0.25, -0.18, -0.12, -0.08, -0.05, -0.02,
                                     0.00,  0.02,  0.05,  0.08,  0.12,  0.18,  0.25,  0.35,  0.50,  0.70};
// Probability of a point of that margin; `agreement`: of all boxes (PointScores).
double calibrated(double margin, double agreement, bool is_edge);

}  // namespace funcorr
