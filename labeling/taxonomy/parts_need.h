#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "labeling/asking/estimate.h"
#include "labeling/taxonomy/parts_asker.h"

namespace funcorr {

// What PartsAsker asks for a category with so many functions: the parts of each, then a description of every
// part, however many there are. The vectors of names are not in it.
AskingNeed parts_need(const PartsOptions& options, std::int64_t functions);

// PartsAsker's requests for this category are within the plan from now on. `functions`: name → description;
// `answer_tokens`: the most of an answer, for lists are handed on.
void bound_parts(AskingPlan& plan, const PartsOptions& options, const PartsPrompts& prompts,
                 const std::string& category, const TaxonomyCategory& entry,
                 const std::map<std::string, std::string>& functions, std::int64_t answer_tokens);

}  // namespace funcorr
