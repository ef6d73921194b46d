#include "pipeline/shared_options.h"

namespace funcorr {

OptionTable shared_options() {
  using enum OptionType;
  constexpr Effect kNone = Effect::kNone;
  return {
      {"seed", kInt, 0, "", 0, 9007199254740991.0, {}, "global seed of every random choice", Effect::kResult},
      {"preset",
       kString,
       "paper",
       "",
       0,
       0,
       {},
       "named set of values: paper (the defaults), demo, or a file",
       kNone},
      {"workers", kInt, 0, "", 0, 1024, {}, "worker processes; 0: one for each CPU", kNone},
      {"threads",
       kInt,
       0,
       "",
       0,
       1024,
       {},
       "threads of each worker; 0: the CPUs divided by the workers",
       kNone},
      {"memory_limit_mb", kInt, 4096, "MB", 0, 1e9, {}, "address space of a worker; 0: no limit", kNone},
      {"time_limit_s", kDouble, 1800, "s", 0, 1e7, {}, "time for one item in a worker; 0: no limit", kNone},
      {"file_limit_mb", kInt, 4096, "MB", 1, 1e9, {}, "largest file that a worker may write", kNone},
      {"max_attempts", kInt, 3, "", 1, 1000, {}, "attempts until an item counts as failed", kNone},
      {"retry_delay_s",
       kDouble,
       1,
       "s",
       0,
       86400,
       {},
       "first pause after a transient failure; doubles each time",
       kNone},
      {"retry_delay_max_s", kDouble, 60, "s", 0, 86400, {}, "longest pause", kNone},
      {"recycle_after", kInt, 200, "items", 0, 1e9, {}, "replace a worker after so many; 0: never", kNone},
      {"lease_s",
       kDouble,
       60,
       "s",
       2,
       86400,
       {},
       "lease of claimed items, renewed while they are worked on",
       kNone},
      {"min_free_disk_mb", kInt, 256, "MB", 0, 1e9, {}, "stop when the workspace's disk has less", kNone},
      {"sandbox", kBool, true, "", 0, 0, {}, "confine workers with Landlock where the kernel has it", kNone},
      {"allow_network_filesystem",
       kBool,
       false,
       "",
       0,
       0,
       {},
       "use a workspace on a network filesystem",
       kNone},
  };
}

OptionTable with_shared_options(const OptionTable& own) {
  OptionTable all = own;
  const OptionTable shared_table = shared_options();
  for (const Option& option : shared_table.options()) {
    if (!own.find(option.name)) all.add(option);
  }
  return all;
}

const std::vector<std::string>& stage_names() {
  static const std::vector<std::string> names = {
      "taxonomy", "catalog", "select",   "fetch", "filter", "render", "parts",    "ground", "aggregate",
      "mask",     "pack",    "features", "train", "pair",   "match",  "evaluate", "report"};
  return names;
}

}  // namespace funcorr
