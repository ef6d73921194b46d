#include "labeling/fusion/posterior.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <numeric>

namespace funcorr {
namespace {

using Row = std::array<double, kMargins.size()>;
using Table = std::array<Row, kAgreements.size()>;

// Isotonic regression of whether a point is of the part on its margin (Zadrozny & Elkan 2002), by the
// agreement of the part's boxes; between these linear. Made by
//   funcorr-bench labels held_out=false seed=1 calibrate=true
constexpr Table kSurfaceTable = {{{0.000, 0.026, 0.031, 0.033, 0.056, 0.091, 0.134, 0.152, 0.185, 0.226,
                                   0.264, 0.318, 0.341, 0.345, 0.350, 0.351, 0.399, 0.423, 0.466, 0.546},
                                  {0.003, 0.017, 0.019, 0.022, 0.049, 0.085, 0.118, 0.119, 0.139, 0.163,
                                   0.234, 0.297, 0.378, 0.420, 0.464, 0.543, 0.574, 0.609, 0.673, 0.765},
                                  {0.000, 0.013, 0.017, 0.023, 0.037, 0.039, 0.043, 0.046, 0.066, 0.098,
                                   0.171, 0.241, 0.318, 0.379, 0.543, 0.728, 0.784, 0.796, 0.867, 1.000}}};
constexpr Table kEdgeTable = {{{0.000, 0.000, 0.009, 0.011, 0.012, 0.025, 0.029, 0.052, 0.062, 0.069,
                                0.078, 0.089, 0.103, 0.128, 0.186, 0.271, 0.346, 0.367, 0.394, 0.619},
                               {0.000, 0.000, 0.002, 0.003, 0.012, 0.042, 0.098, 0.142, 0.188, 0.210,
                                0.236, 0.266, 0.274, 0.288, 0.334, 0.384, 0.393, 0.407, 0.456, 0.713},
                               {0.000, 0.000, 0.000, 0.002, 0.006, 0.027, 0.124, 0.180, 0.211, 0.250,
                                0.278, 0.319, 0.346, 0.380, 0.406, 0.474, 0.601, 0.647, 0.686, 0.816}}};

// Between which two of ascending knots a value lies, and how far; at the ends it stays.
struct Place {
  std::size_t below;
  double share;
};
template <std::size_t N>
Place place_among(const std::array<double, N>& knots, double value) {
  const auto above = std::upper_bound(knots.begin() + 1, knots.end() - 1, value);
  const auto below = static_cast<std::size_t>(above - knots.begin()) - 1;
  return {below, std::clamp((value - knots[below]) / (*above - knots[below]), 0.0, 1.0)};
}

double between(double a, double b, double share) { return a + share * (b - a); }

}  // namespace

double calibrated(double margin, double agreement, bool is_edge) {
  const Table& table = is_edge ? kEdgeTable : kSurfaceTable;
  const auto [m, m_share] = place_among(kMargins, margin);
  const auto [a, a_share] = place_among(kAgreements, agreement);
  return between(between(table[a][m], table[a][m + 1], m_share),
                 between(table[a + 1][m], table[a + 1][m + 1], m_share), a_share);
}

Posterior posterior_of(const PointScores& scores, bool is_edge) {
  Posterior posterior;
  for (const float margin : scores.margins)
    posterior.values.push_back(
        scores.has_boxes ? calibrated(static_cast<double>(margin), scores.agreement, is_edge) : 0.0);
  const Cut cut = best_cut(posterior.values);
  posterior.threshold = cut.threshold;
  posterior.doubt = 1 - cut.expected_iou;
  return posterior;
}

Cut best_cut(std::span<const double> posterior) {
  std::vector<double> descending(posterior.begin(), posterior.end());
  std::ranges::sort(descending, std::greater());
  double outside = std::accumulate(descending.begin(), descending.end(), 0.0), inside = 0;
  Cut best;
  for (std::size_t i = 0; i < descending.size(); ++i) {
    inside += descending[i];
    outside -= descending[i];
    const bool is_last = i + 1 == descending.size();
    if (!is_last && descending[i + 1] == descending[i]) continue;
    const double iou = inside / (static_cast<double>(i + 1) + std::max(0.0, outside));
    if (iou > best.expected_iou) best = {0.5 * (descending[i] + (is_last ? 0.0 : descending[i + 1])), iou};
  }
  return best;
}

}  // namespace funcorr
