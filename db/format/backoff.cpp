#include "db/format/backoff.h"

#include <algorithm>
#include <cmath>

#include "db/format/random.h"

namespace funcorr {

double backoff_delay(const Backoff& backoff, int attempt, double at_least_s, std::uint64_t jitter_seed) {
  const double doubled = std::ldexp(backoff.first_delay_s, std::clamp(attempt - 1, 0, 60));
  const double jitter = 0.5 + 0.5 * Random(jitter_seed).uniform();
  return std::max(std::min(doubled, backoff.max_delay_s) * jitter, at_least_s);
}

}  // namespace funcorr
