#pragma once

#include <cstdint>
#include <vector>

namespace funcorr {

struct Interval {
  double mean = 0, low = 0, high = 0;  // percentile interval of the mean
  std::size_t samples = 0;             // clusters
};

// Does the interval of a difference leave 0 out, so that another draw would show the difference too? One
// sample shows nothing.
inline bool shows_difference(const Interval& difference) {
  return difference.samples > 1 && (difference.low > 0 || difference.high < 0);
}

// Values that are not independent of each other (the trials and directions of one annotated pair), as their
// sum and number.
struct Cluster {
  double sum = 0, count = 0;
};

// Percentile bootstrap of the mean of all values (Efron 1979): whole clusters are drawn with replacement,
// `resamples` times; the interval lies between the (1 − confidence)/2 and (1 + confidence)/2 quantiles of the
// means, linearly interpolated. Nothing to draw: all zero. The same seed gives the same interval.
Interval bootstrap_mean(const std::vector<Cluster>& clusters, std::uint64_t seed, double confidence = 0.95,
                        int resamples = 2000);
// Independent values.
Interval bootstrap_mean(const std::vector<double>& values, std::uint64_t seed, double confidence = 0.95,
                        int resamples = 2000);

}  // namespace funcorr
