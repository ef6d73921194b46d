#include "eval/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "render/geometry/random.h"

namespace funcorr {
namespace {

// values: sorted.
double quantile(const std::vector<double>& values, double q) {
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

}  // namespace

Interval bootstrap_mean(const std::vector<double>& values, std::uint64_t seed, double confidence,
                        int resamples) {
  Interval result;
  result.samples = values.size();
  if (values.empty()) return result;
  const double n = static_cast<double>(values.size());
  result.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  Random random(seed);
  std::vector<double> means(static_cast<std::size_t>(std::max(1, resamples)));
  for (double& mean : means) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[random.below(values.size())];
    mean = sum / n;
  }
  std::sort(means.begin(), means.end());
  result.low = quantile(means, (1 - confidence) / 2);
  result.high = quantile(means, (1 + confidence) / 2);
  return result;
}

}  // namespace funcorr
