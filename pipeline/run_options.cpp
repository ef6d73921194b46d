#include "pipeline/run_options.h"

#include <utility>

namespace funcorr {

const OptionList<RunOptions>& RunOptions::options() {
  static const OptionList<RunOptions> list{
      option("seed", &RunOptions::seed)
          .range(0, 9007199254740991.0)
          .help("global seed of every random choice"),
      option("preset", &RunOptions::preset)
          .help("named set of values: default (none), demo, paper, release, or a file")
          .leaves_results(),
      option("workers", &RunOptions::workers)
          .range(0, 1024)
          .help("worker processes; 0: one for each CPU")
          .leaves_results(),
      option("threads", &RunOptions::threads)
          .range(0, 1024)
          .help("threads of each worker; 0: the CPUs divided by the workers")
          .leaves_results(),
      option("memory_limit_mb", &RunOptions::memory_limit_mb)
          .range(0, 1e9)
          .unit("MB")
          .help("address space of a worker; 0: no limit")
          .leaves_results(),
      option("time_limit_s", &RunOptions::time_limit_s)
          .range(0, 1e7)
          .unit("s")
          .help("time for one item in a worker; 0: no limit")
          .leaves_results(),
      option("file_limit_mb", &RunOptions::file_limit_mb)
          .range(1, 1e9)
          .unit("MB")
          .help("largest file that a worker may write")
          .leaves_results(),
      option("max_attempts", &RunOptions::max_attempts)
          .range(1, 1000)
          .help("attempts until an item counts as failed")
          .leaves_results(),
      option("retry_delay_s", &RunOptions::retry_delay_s)
          .range(0, 86400)
          .unit("s")
          .help("first pause after a transient failure; doubles each time")
          .leaves_results(),
      option("retry_delay_max_s", &RunOptions::retry_delay_max_s)
          .range(0, 86400)
          .unit("s")
          .help("longest pause after a transient failure")
          .leaves_results(),
      option("recycle_after", &RunOptions::recycle_after)
          .range(0, 1e9)
          .unit("items")
          .help("items after which a worker is replaced; 0: never")
          .leaves_results(),
      option("lease_s", &RunOptions::lease_s)
          .range(2, 86400)
          .unit("s")
          .help("lease of claimed items, renewed while they are worked on")
          .leaves_results(),
      option("min_free_disk_mb", &RunOptions::min_free_disk_mb)
          .range(0, 1e9)
          .unit("MB")
          .help("free space of the workspace's disk below which a stage stops")
          .leaves_results(),
      option("sandbox", &RunOptions::sandbox)
          .help("confine workers with Landlock where the kernel has it")
          .leaves_results(),
      option("allow_network_filesystem", &RunOptions::allow_network_filesystem)
          .help("use a workspace on a network filesystem")
          .leaves_results(),
  };
  return list;
}

OptionTable shared_options(const RunOptions& defaults) {
  return OptionTable(RunOptions::options().described(defaults));
}

OptionTable with_shared_options(OptionTable own, const RunOptions& defaults) {
  for (Option& option : RunOptions::options().described(defaults)) own.add(std::move(option));
  return own;
}

}  // namespace funcorr
