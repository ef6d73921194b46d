#include "labeling/taxonomy/parts_need.h"

#include <algorithm>

namespace funcorr {

AskingNeed parts_need(const PartsOptions& options, std::int64_t functions) {
  constexpr std::int64_t kUsualParts = 2;  // of a function, guessed
  AskingNeed need;
  need.answers = functions;  // an answer may name no part
  need.usual_answers = functions * (1 + std::min<std::int64_t>(kUsualParts, options.most_parts));
  need.most_answers = functions * options.tries * (1 + options.most_parts);
  need.most_requests = need.most_answers;
  return need;
}

void bound_parts(AskingPlan& plan, const PartsOptions& options, const PartsPrompts& prompts,
                 const std::string& category, const TaxonomyCategory& entry,
                 const std::map<std::string, std::string>& functions, std::int64_t answer_tokens) {
  for (const std::string& function : entry.functions)
    plan.bound(prompts.list, {{"category", std::ssize(category)},
                              {"function", std::ssize(function)},
                              {"description", std::ssize(functions.at(function))}});
  // A part's descriptions are of the lists, a line each: what a model wrote is no longer when it reads it.
  const std::int64_t lists = std::ssize(entry.functions);
  plan.bound(prompts.describe, {{"category", std::ssize(category)},
                                {"part", answer_tokens},
                                {"descriptions", lists * (answer_tokens + options.most_parts)}});
}

}  // namespace funcorr
