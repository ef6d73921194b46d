#include "labeling/grounding/grounding_need.h"

#include <algorithm>

namespace funcorr {
namespace {

// Replies asked for in a view where none has a box.
std::int64_t asked_in_vain(const GroundingOptions& options) {
  std::int64_t asked = std::min(options.boxes, options.max_attempts);
  while (asked < options.max_attempts && (options.give_up_after == 0 || asked < options.give_up_after))
    asked += std::min<std::int64_t>(options.boxes, options.max_attempts - asked);
  return asked;
}

}  // namespace

AskingNeed grounding_need(const GroundingOptions& options, bool is_small, std::int64_t views, int max_n) {
  const std::int64_t first = std::min(options.boxes, options.max_attempts);
  const std::int64_t most = options.max_attempts;
  const bool zooms = options.zoom && is_small;
  const std::int64_t passes = zooms ? 2 : 1;
  const std::int64_t n = std::max(1, max_n);
  AskingNeed need;
  // A view is zoomed as soon as one reply has a box.
  need.answers = views * (zooms ? std::min(2 * first, asked_in_vain(options)) : first);
  need.most_answers = views * passes * most;
  // The first question comes in few requests, what is asked again may come one by one.
  need.most_requests = views * passes * ((first + n - 1) / n + most - first);
  return need;
}

AskingNeed segment_need(const SegmentOptions& segment, const GroundingOptions& options, std::int64_t views) {
  if (segment.format == MaskFormat::kOff) return {};
  const std::int64_t masks = views * options.boxes, most = masks * SegmentAsker::kAttempts;
  return {.answers = 0, .most_answers = most, .most_requests = most, .usual_answers = masks};
}

AskingNeed first_pass_need(const AskingNeed& first, const AskingNeed& all) {
  AskingNeed need = first;
  need.most_answers = all.most_answers;
  need.most_requests = all.most_requests;
  return need;
}

}  // namespace funcorr
