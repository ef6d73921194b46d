#include "eval/metric/bootstrap.h"

#include <cmath>
#include <random>

#include "tests/catch.h"

namespace funcorr {

TEST_CASE("bootstrap interval of many values is the normal one") {
  // Standard error of the mean of 400 uniform values: sqrt(1/12/400) = 0.01443; ±1.96 of it.
  std::mt19937_64 engine(3);
  std::vector<double> values(400);
  double sum = 0, squares = 0;
  for (double& value : values) {
    value = std::ldexp(static_cast<double>(engine() >> 11), -53);
    sum += value;
    squares += value * value;
  }
  const double mean = sum / 400, error = std::sqrt((squares / 400 - mean * mean) / 400);
  const Interval found = bootstrap_mean(values, 1, 0.95, 4000);
  CHECK_THAT(found.mean, Catch::WithinAbs(mean, 1e-12));
  CHECK_THAT(found.low, Catch::WithinAbs(mean - 1.96 * error, 0.12 * error));
  CHECK_THAT(found.high, Catch::WithinAbs(mean + 1.96 * error, 0.12 * error));
  CHECK(found.samples == 400);
}

TEST_CASE("bootstrap covers the true mean about as often as it says") {
  int covered = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937_64 engine(1000 + seed);
    std::vector<double> values(60);
    for (double& value : values) value = std::ldexp(static_cast<double>(engine() >> 11), -53);
    const Interval found = bootstrap_mean(values, seed, 0.9, 300);
    covered += found.low <= 0.5 && 0.5 <= found.high ? 1 : 0;
  }
  // Binomial(400, 0.9): mean 360, deviation 6; five of them below, as small samples cover a little less.
  CHECK(covered >= 330);
  CHECK(covered <= 385);
}

TEST_CASE("bootstrap is repeatable, and exact where there is nothing to draw") {
  const std::vector<double> values{1, 5, 2, 8};
  const Interval a = bootstrap_mean(values, 9), b = bootstrap_mean(values, 9);
  CHECK(a.low == b.low);
  CHECK(a.high == b.high);
  CHECK(bootstrap_mean(std::vector<double>{2.5}, 1).low == 2.5);
  CHECK(bootstrap_mean(std::vector<double>{2.5}, 1).high == 2.5);
  CHECK(bootstrap_mean(std::vector<double>{}, 1).samples == 0);
}

TEST_CASE("clusters of dependent values widen the interval as their number asks") {
  // 50 values, each repeated 8 times: as 400 independent values the interval would be √8 too narrow.
  std::mt19937_64 engine(4);
  std::vector<double> values, repeated;
  std::vector<Cluster> clusters;
  for (int i = 0; i < 50; ++i) {
    values.push_back(std::ldexp(static_cast<double>(engine() >> 11), -53));
    clusters.push_back({8 * values.back(), 8});
    repeated.insert(repeated.end(), 8, values.back());
  }
  const Interval alone = bootstrap_mean(values, 2), clustered = bootstrap_mean(clusters, 2);
  CHECK_THAT(clustered.mean, Catch::WithinAbs(alone.mean, 1e-12));
  CHECK_THAT(clustered.low, Catch::WithinAbs(alone.low, 1e-12));
  CHECK_THAT(clustered.high, Catch::WithinAbs(alone.high, 1e-12));
  const Interval naive = bootstrap_mean(repeated, 2);
  CHECK_THAT((clustered.high - clustered.low) / (naive.high - naive.low),
             Catch::WithinAbs(std::sqrt(8.0), 0.35));
}

}  // namespace funcorr
