#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "labeling/asking/estimate.h"
#include "labeling/selection/selecting.h"

namespace funcorr {

// What Selecting asks for one asset, which may be dropped before its check. The vectors of names are not in
// it.
AskingNeed selecting_need(const SelectionOptions& options);

// Selecting's requests for assets with captions of at most so many bytes are within the plan from now on;
// also guesses what one takes.
void bound_selecting(AskingPlan& plan, const SelectionOptions& options, const SelectionPrompts& prompts,
                     const std::vector<std::string>& categories, std::int64_t longest_caption);

}  // namespace funcorr
