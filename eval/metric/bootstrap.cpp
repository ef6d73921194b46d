#include "eval/metric/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "db/format/random.h"

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

Interval bootstrap_mean(const std::vector<Cluster>& clusters, std::uint64_t seed, double confidence,
                        int resamples) {
  Interval result;
  Cluster all;
  for (const Cluster& cluster : clusters) {
    all.sum += cluster.sum;
    all.count += cluster.count;
  }
  if (!(all.count > 0)) return result;
  result.samples = clusters.size();
  result.mean = all.sum / all.count;
  Random random(seed);
  std::vector<double> means(static_cast<std::size_t>(std::max(1, resamples)));
  for (double& mean : means) {
    Cluster drawn;
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      const Cluster& cluster = clusters[random.below(clusters.size())];
      drawn.sum += cluster.sum;
      drawn.count += cluster.count;
    }
    mean = drawn.count > 0 ? drawn.sum / drawn.count : result.mean;
  }
  std::sort(means.begin(), means.end());
  result.low = quantile(means, (1 - confidence) / 2);
  result.high = quantile(means, (1 + confidence) / 2);
  return result;
}

Interval bootstrap_mean(const std::vector<double>& values, std::uint64_t seed, double confidence,
                        int resamples) {
  std::vector<Cluster> clusters;
  clusters.reserve(values.size());
  for (const double value : values) clusters.push_back({value, 1});
  return bootstrap_mean(clusters, seed, confidence, resamples);
}

}  // namespace funcorr
