#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "tools/simulated_server/server.h"

namespace funcorr {

// Counts what arrives and what is billed, by the hash of the body. Thread-safe.
class BillingCounter {
 public:
  // How often the same body came before.
  int arrived(std::uint64_t body) {
    const std::lock_guard lock(mutex_);
    ++bill_.requests;
    return seen_[body].arrivals++;
  }
  void batch_created() {
    const std::lock_guard lock(mutex_);
    ++bill_.batches;
  }
  void fault(const char* kind) {
    const std::lock_guard lock(mutex_);
    ++bill_.faults[kind];
  }
  void billed(std::uint64_t body, std::int64_t answers, std::int64_t prompt_tokens,
              std::int64_t completion_tokens) {
    const std::lock_guard lock(mutex_);
    ++bill_.billed_requests;
    bill_.answers += answers;
    bill_.prompt_tokens += prompt_tokens;
    bill_.completion_tokens += completion_tokens;
    Seen& seen = seen_[body];
    if (seen.is_billed) bill_.repeated_answers += answers;
    seen.is_billed = true;
  }
  SimulatedBill bill() const {
    const std::lock_guard lock(mutex_);
    return bill_;
  }

 private:
  struct Seen {
    int arrivals = 0;
    bool is_billed = false;
  };
  mutable std::mutex mutex_;
  SimulatedBill bill_;
  std::unordered_map<std::uint64_t, Seen> seen_;
};

}  // namespace funcorr
