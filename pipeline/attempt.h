#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "pipeline/stage.h"

namespace funcorr {

using Clock = std::chrono::steady_clock;

// One attempt of one item, ended.
struct Attempt {
  std::string key;
  int number = 1;       // 1 for the first
  ItemResult result;    // what the stage answered; only the error when `broken`
  bool broken = false;  // it threw, crashed, hung or gave no answer: result.error tells
  double seconds = 0;   // wall time
  std::int64_t peak_memory_bytes = 0;
};

}  // namespace funcorr
