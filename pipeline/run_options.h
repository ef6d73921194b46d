#pragma once

#include <cstdint>
#include <string>

#include "pipeline/options.h"

namespace funcorr {

// The options that every stage has, [funcorr] in funcorr.toml: seed, preset, workers, limits, retries.
struct RunOptions {
  std::uint64_t seed = 0;
  std::string preset = "default";
  int workers = 0, threads = 0;
  std::int64_t memory_limit_mb = 4096;
  double time_limit_s = 1800;
  std::int64_t file_limit_mb = 4096;
  int max_attempts = 3;
  double retry_delay_s = 1, retry_delay_max_s = 60;
  int recycle_after = 200;
  double lease_s = 60;
  std::int64_t min_free_disk_mb = 256;
  bool sandbox = true;
  bool allow_network_filesystem = false;

  static const OptionList<RunOptions>& options();
};

// As a table; `defaults`: a stage's own.
OptionTable shared_options(const RunOptions& defaults = {});
// A stage's own options, then those.
OptionTable with_shared_options(OptionTable own, const RunOptions& defaults = {});

}  // namespace funcorr
