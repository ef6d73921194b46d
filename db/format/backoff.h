#pragma once

#include <cstdint>

namespace funcorr {

// How long to wait until something that failed is tried again.
struct Backoff {
  double first_delay_s = 1;
  double max_delay_s = 60;
};

// Pause in seconds after the n-th failure (n ≥ 1) of one party that waits alone: first_delay·2^(n−1), at most
// max_delay.
double doubled_delay(const Backoff& backoff, int failures);

// The same for the n-th attempt of many that failed together: times a jitter of 0.5 … 1 drawn from
// `jitter_seed`; never less than `at_least_s`, what the other side asked for. A pure function.
double backoff_delay(const Backoff& backoff, int attempt, double at_least_s, std::uint64_t jitter_seed);

}  // namespace funcorr
