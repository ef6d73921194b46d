#include "pipeline/retry.h"

#include <algorithm>
#include <cmath>

namespace funcorr {
namespace {

// One step of splitmix64, as a number in [0, 1).
double unit_random(std::uint64_t seed) {
  std::uint64_t z = seed + 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1p-53;
}

}  // namespace

double retry_delay(const RetryPolicy& policy, int attempt, std::uint64_t jitter_seed) {
  const double doubled = std::ldexp(policy.first_delay_s, std::clamp(attempt - 1, 0, 60));
  return std::min(doubled, policy.max_delay_s) * (0.5 + 0.5 * unit_random(jitter_seed));
}

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
      outcome.retry_after_seconds = last ? 0
                                         : std::max(attempt.result.ending().retry_after_seconds,
                                                    retry_delay(policy, attempt.number, jitter_seed));
      break;
    case Outcome::kFatal:
      outcome.state = ItemState::kPending;
      break;
  }
  return outcome;
}

}  // namespace funcorr
