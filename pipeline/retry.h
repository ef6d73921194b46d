#pragma once

#include <cstdint>

#include "db/manifest/items.h"
#include "pipeline/attempt.h"

namespace funcorr {

struct RetryPolicy {
  int max_attempts = 3;
  double first_delay_s = 1;
  double max_delay_s = 60;
};

// Pause in seconds after the n-th attempt (n ≥ 1) ended transiently: first_delay·2^(n−1), at most max_delay,
// times a jitter of 0.5 … 1 drawn from `jitter_seed`. A pure function.
double retry_delay(const RetryPolicy& policy, int attempt, std::uint64_t jitter_seed);

// What the manifest is to hold after an attempt. Transient outcomes wait out retry_delay (or what the result
// asks for, when that is longer); an attempt that threw, crashed or hung is tried again at once; both fail
// when the attempts are used up. Fatal outcomes leave the item pending: the cause was not the item's.
ItemOutcome decide(const Attempt& attempt, const RetryPolicy& policy, std::uint64_t jitter_seed);

}  // namespace funcorr
