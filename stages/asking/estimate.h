#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "labeling/client/provider.h"

namespace funcorr {

// What a run of a stage that pays would ask for, before it does.
struct AskingEstimate {
  std::string what;               // "412 parts of 160 assets, 19 views each"
  std::int64_t answers = 0;       // that it needs at least
  std::int64_t most_answers = 0;  // if as many as allowed have to be asked again
  double tokens_in = 0;           // of one request: the prompt, with its image
  double tokens_out = 0;          // of one answer
};

// Requests, tokens, money and hours, as two lines for people. Hours: by the limits per minute where there are
// any, else by the slots in flight at `seconds_per_request`.
void print_estimate(std::ostream& out, const AskingEstimate& estimate, const Provider& provider,
                    const std::string& model, double seconds_per_request = 2);

}  // namespace funcorr
