#pragma once

#include "db/format/backoff.h"
#include "db/format/options.h"

namespace funcorr {

// How often one sample is asked for.
struct BackoffPolicy {
  int max_attempts = 8;  // calls for one sample, connections that were never made not counted
  Backoff pause{};

  static const OptionList<BackoffPolicy>& options();
};

}  // namespace funcorr
