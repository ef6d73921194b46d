#pragma once

#include <cstdint>

namespace funcorr {

struct BackoffPolicy {
  int max_attempts = 8;  // calls for one sample, connections that were never made not counted
  double first_delay_s = 1;
  double max_delay_s = 60;
};

// Pause in seconds after the n-th attempt (n ≥ 1) failed: first_delay·2^(n−1), at most max_delay, times a
// jitter of 0.5 … 1 drawn from `jitter_seed`; never less than `retry_after_s`, what the server asked for. A
// pure function.
double backoff_delay(const BackoffPolicy& policy, int attempt, double retry_after_s,
                     std::uint64_t jitter_seed);

}  // namespace funcorr
