#pragma once

#include <functional>
#include <string>

namespace funcorr {

// What every program of funcorr ends with.
enum ExitStatus : int {
  kAllDone = 0,
  kItemsFailed = 1,
  kWrongUsage = 2,        // UsageError: arguments or configuration
  kWrongEnvironment = 3,  // EnvironmentError, and whatever else goes wrong
  kInterrupted = 130,     // SIGINT or SIGTERM, as shells have it
};

// What main() of every program returns: the status of `run`, or that of what it threw, after a line on
// stderr. What is logged goes there too.
int run_main(const std::string& program, const std::function<int()>& run);

}  // namespace funcorr
