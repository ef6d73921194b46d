#pragma once

#include <cstdint>

#include "labeling/asking/estimate.h"
#include "labeling/taxonomy/proposing.h"

namespace funcorr {

// What Proposing asks: the functions, then the categories of each that was named. The vectors of names are
// not in it.
AskingNeed proposing_need(const ProposingOptions& options);

// Its requests are within the plan from now on. `answer_tokens`: the most of an answer, for functions are
// handed on.
void bound_proposing(AskingPlan& plan, const ProposingOptions& options, const ProposingPrompts& prompts,
                     std::int64_t answer_tokens);

}  // namespace funcorr
