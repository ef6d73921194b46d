#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "db/manifest/spend.h"
#include "labeling/client/provider.h"
#include "pipeline/stage.h"

namespace funcorr {

// How many answers a stage's items need.
struct AskingNeed {
  std::int64_t answers = 0;          // at least, for the items that are to be asked for
  std::int64_t most_answers = 0;     // if as many as allowed have to be asked again
  std::int64_t answers_of_done = 0;  // at least, for the items that are done: what the past is measured by
};

// What a run of a stage that pays would ask for, before it does.
struct AskingPlan {
  std::string what;                        // "412 parts of 160 assets, 19 views each"
  double tokens_in = 0;                    // guessed of one request: the prompt, with its image
  double tokens_out = 0;                   // guessed of one answer
  std::map<std::string, AskingNeed> need;  // by category, as spend is
};

enum class AskingBound { kLeast, kLikely, kMost };

struct AskingFigures {
  double answers = 0, requests = 0, tokens_in = 0, tokens_out = 0, money = 0, hours = 0;
};
// Of the items that are to be asked for. Where a category was answered before, or else the stage, tokens and
// requests for an answer, and the likely number of answers for an item, are those of the past; otherwise
// guesses. Hours: by the limits per minute where there are any, at least as long as the slots in flight take.
AskingFigures asking_figures(const AskingPlan& plan, const std::map<std::string, PastAnswers>& past,
                             const Provider& provider, const Price& price, AskingBound bound);

// With --estimate: prints requests, tokens, money and hours. In a run (`is_run`): notes for stats_spend what
// its end should have cost.
void tell_estimate(const StageContext& context, const std::string& stage, const AskingPlan& plan,
                   bool is_run);

}  // namespace funcorr
