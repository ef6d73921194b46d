#pragma once

#include <any>
#include <chrono>
#include <cstdint>
#include <string>

#include "pipeline/result.h"

namespace funcorr {

using Clock = std::chrono::steady_clock;

// One attempt of one item, ended.
struct Attempt {
  std::string key;
  int number = 1;                      // 1 for the first
  Result<std::any> result = Ending{};  // what the stage answered; only the error when `broken`
  bool broken = false;                 // it threw, crashed, hung or gave no answer: the ending tells
  double seconds = 0;                  // wall time
  std::int64_t peak_memory_bytes = 0;
};

}  // namespace funcorr
