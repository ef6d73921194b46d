#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "db/dataset/record/spend.h"
#include "labeling/client/provider.h"

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

  // One item more, with the answers it needs at the least and at the most.
  void add(const std::string& category, bool is_done, std::int64_t answers, std::int64_t most_answers);
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

// For people: what was planned at the least, what it is likely to be, and at the most, with tokens, money and
// hours; and what these figures rest on.
std::string estimate_text(const AskingPlan& plan, const std::map<std::string, PastAnswers>& past,
                          const Provider& provider, const Price& price);

// By category: what all that was asked of this model should have cost when the plan has been carried out, the
// past included.
std::map<std::string, SpendEstimate> expected_spend(const AskingPlan& plan,
                                                    const std::map<std::string, PastAnswers>& past,
                                                    const Provider& provider, const Price& price);

}  // namespace funcorr
