#pragma once

#include <string>
#include <vector>

#include "db/dataset/record/sweep.h"
#include "db/format/options.h"
#include "train/trainer/run_spec.h"

namespace funcorr {

// Many settings of training, compared with the configuration as it is (the base): all combinations of a grid,
// and named ones, each with every seed.
struct SweepOptions {
  std::string name;                   // empty: no sweep
  std::vector<std::string> grid;      // "key=value"; without "key=": another value of the key before
  std::vector<std::string> settings;  // as RunList has runs
  std::vector<std::string> seeds;     // empty: one run a setting, with the configuration's own
  static const OptionList<SweepOptions>& options();
};

// The sweep's training runs: the base's first, then the grid's, whose first key changes slowest, then the
// named ones; of each the seeds in order. A value that the base has anyway is left out, and of settings that
// are the same the first one stays. Runs are called by what is changed and the seed alone, so that sweeps
// share them: "sweep.spatial_weight-10.seed-2".
struct SweepPoint {
  RunSpec spec;  // its name is the run's
  std::string setting, seed;
};
// Throws UsageError for an unknown key, a value that is not allowed, a seed as key, a setting that is called
// as the base or another one, and where there is nothing to compare and no seed.
std::vector<SweepPoint> expand_sweep(const SweepOptions& options, const TrainingConfig& base);

// "3 settings × 2 seeds: base; spatial_weight=1; spatial_weight=10".
std::string sweep_text(const std::vector<SweepPoint>& points);

}  // namespace funcorr
