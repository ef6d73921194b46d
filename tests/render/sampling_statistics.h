#pragma once

#include <cmath>
#include <vector>

namespace funcorr::tests {

// Pearson's statistic of counts against expectations, cells of fewer than 5 expected draws pooled; answers
// how many standard deviations it lies above its mean under the hypothesis that they agree.
inline double chi_square_excess(const std::vector<double>& observed, const std::vector<double>& expected) {
  double statistic = 0, pooled_observed = 0, pooled_expected = 0;
  int cells = 0;
  const auto add = [&](double o, double e) {
    statistic += (o - e) * (o - e) / e;
    ++cells;
  };
  for (std::size_t i = 0; i < observed.size(); ++i) {
    if (expected[i] >= 5) {
      add(observed[i], expected[i]);
    } else {
      pooled_observed += observed[i];
      pooled_expected += expected[i];
    }
  }
  if (pooled_expected > 1e-9)
    add(pooled_observed, pooled_expected);
  else if (pooled_observed > 0)
    return 1e9;  // drawn where nothing may be
  const double freedom = cells - 1;
  return (statistic - freedom) / std::sqrt(2 * freedom);
}

}  // namespace funcorr::tests
