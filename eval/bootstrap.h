#pragma once

#include <cstdint>
#include <vector>

namespace funcorr {

struct Interval {
  double mean = 0, low = 0, high = 0;  // percentile interval of the mean
  std::size_t samples = 0;
};

// Percentile bootstrap of the mean (Efron 1979): `resamples` draws of n with replacement, interval between
// their (1 − confidence)/2 and (1 + confidence)/2 quantiles, linearly interpolated. `values`: one per
// independent unit (an annotated pair, not its two directions or its trials). Empty: all zero. The same seed
// gives the same interval.
Interval bootstrap_mean(const std::vector<double>& values, std::uint64_t seed, double confidence = 0.95,
                        int resamples = 2000);

}  // namespace funcorr
