#pragma once

#include <chrono>

namespace funcorr {

// Seconds on the clock that the engine's parts share; it never goes back.
inline double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace funcorr
