#pragma once

#include <string>
#include <vector>

#include "pipeline/options.h"
#include "pipeline/run_options.h"

namespace funcorr {

// The options that every stage has, [funcorr] in funcorr.toml: seed, preset, workers, limits, retries.
OptionTable shared_options(const RunOptions& defaults = {});

// A stage's own options, then the shared ones. A stage that names a shared option in its table gives it
// another default or range.
OptionTable with_shared_options(const OptionTable& own, const RunOptions& defaults = {});

}  // namespace funcorr
