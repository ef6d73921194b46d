#pragma once

#include <cstdint>

#include "db/format/backoff.h"
#include "db/manifest/items.h"
#include "pipeline/attempt.h"

namespace funcorr {

struct RetryPolicy {
  int max_attempts = 3;
  Backoff pause{};
};

// What the manifest is to hold after an attempt. Transient outcomes wait out backoff_delay (or what the
// result asks for, when that is longer); an attempt that threw, crashed or hung is tried again at once; both
// fail when the attempts are used up. Fatal outcomes leave the item pending: the cause was not the item's.
ItemOutcome decide(const Attempt& attempt, const RetryPolicy& policy, std::uint64_t jitter_seed);

}  // namespace funcorr
