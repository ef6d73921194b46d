#pragma once

#include <string>
#include <vector>

#include "db/dataset/record/sweep.h"
#include "db/manifest/manifest.h"

namespace funcorr {

// Table sweep_run.

// The sweep consists of these runs, in this order.
void replace_sweep(Manifest& manifest, const std::string& sweep, const std::vector<SweepRun>& runs);
std::vector<SweepRun> sweep_runs(Manifest& manifest, const std::string& sweep);  // none: no such sweep
std::vector<std::string> all_sweeps(Manifest& manifest);                         // by name

}  // namespace funcorr
