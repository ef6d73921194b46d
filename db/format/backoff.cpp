#include "db/format/backoff.h"

#include <algorithm>
#include <cmath>

#include "db/format/random.h"

namespace funcorr {

double doubled_delay(const Backoff& backoff, int failures) {
  return std::min(std::ldexp(backoff.first_delay_s, std::clamp(failures - 1, 0, 60)), backoff.max_delay_s);
}

double backoff_delay(const Backoff& backoff, int attempt, double at_least_s, std::uint64_t jitter_seed) {
  const double jitter = 0.5 + 0.5 * Random(jitter_seed).uniform();
  return std::max(doubled_delay(backoff, attempt) * jitter, at_least_s);
}

}  // namespace funcorr
