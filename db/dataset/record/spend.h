#pragma once

#include <cstdint>

namespace funcorr {

// What a stage was answered by one model so far, failures that were billed included.
struct PastAnswers {
  std::int64_t answers = 0;  // samples
  std::int64_t calls = 0;    // that answered
  std::int64_t tokens_in = 0, tokens_out = 0;
  double cost = 0;
  double seconds = 0;  // of those calls together
};

// What they should be when a run that begins now has ended: stats_spend shows it beside what was spent.
struct SpendEstimate {
  double answers = 0, tokens_in = 0, tokens_out = 0, cost = 0;
};

}  // namespace funcorr
