#pragma once

#include <map>
#include <string>

#include "db/dataset/record/spend.h"
#include "db/manifest/manifest.h"

namespace funcorr {

// What the ledger says of a stage's spending, and what it was estimated at (table spend_estimate).

// By category.
std::map<std::string, PastAnswers> past_answers(Manifest& manifest, const std::string& stage,
                                                const std::string& provider, const std::string& model);

// Instead of those of earlier runs.
void replace_spend_estimates(Manifest& manifest, const std::string& stage, const std::string& provider,
                             const std::string& model,
                             const std::map<std::string, SpendEstimate>& by_category);

}  // namespace funcorr
