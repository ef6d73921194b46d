#pragma once

#include <string>

#include <spdlog/common.h>

namespace funcorr {

inline constexpr const char* kLogPattern = "%H:%M:%S %l: %v";

// Where spdlog's default logger, which all programs use, writes.
void log_to(spdlog::sink_ptr sink, const std::string& pattern = kLogPattern);
// To standard error: standard output is for results, which other programs read.
void log_to_stderr(const std::string& pattern = kLogPattern);

}  // namespace funcorr
