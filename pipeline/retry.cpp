#include "pipeline/retry.h"

namespace funcorr {

ItemOutcome decide(const Attempt& attempt, const RetryPolicy& policy, std::uint64_t jitter_seed) {
  ItemOutcome outcome;
  outcome.key = attempt.key;
  outcome.error = attempt.result.ending().error;
  outcome.error_kind = attempt.result.ending().error_kind;
  outcome.seconds = attempt.seconds;
  outcome.peak_memory_bytes = attempt.peak_memory_bytes;
  const bool last = attempt.number >= policy.max_attempts;
  if (attempt.broken) {
    outcome.state = last ? ItemState::kFailed : ItemState::kPending;
    return outcome;
  }
  switch (attempt.result.outcome()) {
    case Outcome::kDone:
      outcome.state = ItemState::kDone;
      break;
    case Outcome::kSkipped:
      outcome.state = ItemState::kSkipped;
      break;
    case Outcome::kRejected:
      outcome.state = ItemState::kRejected;
      break;
    case Outcome::kTransient:
      outcome.state = last ? ItemState::kFailed : ItemState::kPending;
      outcome.retry_after_seconds =
          last ? 0
               : backoff_delay(policy.pause, attempt.number, attempt.result.ending().retry_after_seconds,
                               jitter_seed);
      break;
    case Outcome::kFatal:
      outcome.state = ItemState::kPending;
      break;
  }
  return outcome;
}

}  // namespace funcorr
