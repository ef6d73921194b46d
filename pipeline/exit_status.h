#pragma once

namespace funcorr {

// What every program of funcorr ends with.
enum ExitStatus : int {
  kAllDone = 0,
  kItemsFailed = 1,
  kWrongUsage = 2,        // UsageError: arguments or configuration
  kWrongEnvironment = 3,  // EnvironmentError, and whatever else goes wrong
  kInterrupted = 130,     // SIGINT or SIGTERM, as shells have it
};

}  // namespace funcorr
