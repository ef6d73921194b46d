#pragma once

#include <stdexcept>

namespace funcorr {

// An error that every other item of a stage would meet too: it stops the stage instead of failing an item.
struct StoppingError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Usage or configuration error: exit status 2. The message names the key or the argument and the allowed
// range.
struct UsageError : StoppingError {
  using StoppingError::StoppingError;
};

// The machine or the workspace is not as needed (no disk, no HDRI, port in use …): exit status 3.
struct EnvironmentError : StoppingError {
  using StoppingError::StoppingError;
};

}  // namespace funcorr
