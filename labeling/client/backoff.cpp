#include "labeling/client/backoff.h"

#include <algorithm>
#include <cmath>

#include "db/format/random.h"

namespace funcorr {

double backoff_delay(const BackoffPolicy& policy, int attempt, double retry_after_s,
                     std::uint64_t jitter_seed) {
  const double doubled = std::ldexp(policy.first_delay_s, std::clamp(attempt - 1, 0, 60));
  const double jitter = 0.5 + 0.5 * Random(jitter_seed).uniform();
  return std::max(std::min(doubled, policy.max_delay_s) * jitter, retry_after_s);
}

}  // namespace funcorr
