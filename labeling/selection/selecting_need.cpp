#include "labeling/selection/selecting_need.h"

#include <algorithm>

namespace funcorr {

AskingNeed selecting_need(const SelectionOptions& options) {
  const std::int64_t names = options.names == NameSource::kLlm ? 1 : 0;
  const std::int64_t checks = options.verify == CategoryCheck::kLlm ? 1 : 0;
  AskingNeed need;
  need.answers = names;
  need.usual_answers = names + checks;
  need.most_answers = options.tries * (names + checks * options.top_k);
  need.most_requests = need.most_answers;
  return need;
}

void bound_selecting(AskingPlan& plan, const SelectionOptions& options, const SelectionPrompts& prompts,
                     const std::vector<std::string>& categories, std::int64_t longest_caption) {
  plan.tokens_in = 180;
  plan.tokens_out = 10;
  std::int64_t longest_category = 0;
  for (const std::string& category : categories)
    longest_category = std::max(longest_category, std::ssize(category));
  if (options.names == NameSource::kLlm) plan.bound(prompts.name, {{"caption", longest_caption}});
  if (options.verify == CategoryCheck::kLlm)
    plan.bound(prompts.verify, {{"caption", longest_caption}, {"category", longest_category}});
}

}  // namespace funcorr
