#pragma once

#include <chrono>
#include <thread>

namespace funcorr::tests {

// Looks every 5 ms whether the condition holds, for at most so many seconds: far more than a busy machine
// needs.
template <typename Condition>
bool wait_until(const Condition& condition, double seconds = 60) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace funcorr::tests
