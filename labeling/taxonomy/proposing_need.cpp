#include "labeling/taxonomy/proposing_need.h"

#include <string>

namespace funcorr {

AskingNeed proposing_need(const ProposingOptions& options) {
  AskingNeed need;
  need.answers = 1;
  need.usual_answers = 1 + options.functions;
  need.most_answers = options.tries * (1 + options.most_functions());
  need.most_requests = need.most_answers;
  return need;
}

void bound_proposing(AskingPlan& plan, const ProposingOptions& options, const ProposingPrompts& prompts,
                     std::int64_t answer_tokens) {
  plan.bound(prompts.functions, {{"count", std::ssize(std::to_string(options.functions))}});
  // What a model wrote is no longer when it reads it.
  plan.bound(prompts.categories, {{"function", answer_tokens},
                                  {"description", answer_tokens},
                                  {"count", std::ssize(std::to_string(options.categories_per_function))}});
}

}  // namespace funcorr
