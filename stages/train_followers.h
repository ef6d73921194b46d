#pragma once

#include <memory>
#include <string>
#include <vector>

#include "train/distributed/training_processes.h"

namespace funcorr {

// What every process of a training but the first is: follows it until it says that no run is left, and dies
// with who started it. Returns the exit status.
int follow_first(const ProcessPlace& place);

// Starts this program again as such a process, with a launcher's environment variables ("NAME=value").
std::unique_ptr<StartedProcess> start_follower(const std::vector<std::string>& variables);

}  // namespace funcorr
