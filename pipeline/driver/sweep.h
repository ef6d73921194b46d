#pragma once

#include <string>
#include <vector>

#include "pipeline/driver/run.h"

namespace funcorr {

// What `funcorr sweep` was told. Empty lists: those of funcorr.toml's [train].
struct SweepWish {
  std::string name = "sweep";
  std::vector<std::string> grid, settings, seeds;  // as the options of funcorr-train
};

// The training of the sweep's runs and their evaluation.
std::vector<Step> sweep_steps(const SweepWish& wish);

// What training needs, the training of the sweep's runs and their evaluation. Runs that fail do not keep the
// others from being measured.
std::vector<Step> plan_sweep(const SweepWish& wish, const DriverOptions& options);

}  // namespace funcorr
