#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "db/dataset/record/spend.h"
#include "labeling/client/provider.h"
#include "labeling/prompt/prompt.h"

namespace funcorr {

// How many answers a stage's items need.
struct AskingNeed {
  std::int64_t answers = 0;          // at least, for the items that are to be asked for
  std::int64_t most_answers = 0;     // if as many as allowed have to be asked again
  std::int64_t answers_of_done = 0;  // usual for the items that are done: what the past is measured by
  std::int64_t most_requests = 0;    // by which most_answers come; 0: each by one of its own
  std::int64_t usual_answers = 0;    // where that is more than at least, a guess; 0: as at least

  AskingNeed& operator+=(const AskingNeed& other);
};

// What a run of a stage that pays would ask for, before it does.
struct AskingPlan {
  std::string what;                        // "412 parts of 160 assets, 19 views each"
  double tokens_in = 0;                    // guessed of one request: the prompt, with its image
  double tokens_out = 0;                   // guessed of one answer
  std::map<std::string, AskingNeed> need;  // by category, as spend is
  // What a request and an answer can take, whatever is said; most_…: 0 where it is not known.
  double least_tokens_in = 0, most_tokens_in = 0;  // of one request
  double most_tokens_out = 0;                      // of one answer: max_tokens

  // One item more, with the answers it needs at the least and at the most.
  void add(const std::string& category, bool is_done, std::int64_t answers, std::int64_t most_answers);
  void add(const std::string& category, bool is_done, const AskingNeed& item);
  // Each answer may be complained of once, as ask_again has it; after all else.
  void allow_complaints();
  // Requests are made of this prompt, and of an image of so many tokens. `longest`: by name, the most tokens
  // of what is filled in, such as its bytes: a token has at least one byte and, of text, hardly ever more
  // than 16.
  void bound(const Prompt& prompt, const std::map<std::string, std::int64_t>& longest,
             std::int64_t image_tokens = 0);
};

enum class AskingBound { kLeast, kLikely, kMost };

struct AskingFigures {
  double answers = 0, requests = 0, tokens_in = 0, tokens_out = 0, money = 0, hours = 0;
};
// Of the items that are to be asked for. Least and most hold for all that the model can say (but answers that
// the ledger has cost nothing again, and a request that fails after it was billed is sent, and billed,
// again). What is likely lies between them: where a category was answered before, or else the stage, tokens
// and requests for an answer, and the number of answers for an item, are those of the past; otherwise
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
