#pragma once

#include <cstdint>

#include "labeling/asking/estimate.h"
#include "labeling/grounding/part_grounding.h"
#include "labeling/grounding/segment_asker.h"

namespace funcorr {

// What PartGrounding asks for one part in so many views, whatever the replies are: at the least, at the most,
// and by how many requests of at most `max_n` replies.
AskingNeed grounding_need(const GroundingOptions& options, bool is_small, std::int64_t views, int max_n);
// What SegmentAsker asks for then: usually the mask of one box of every reply that is wanted.
AskingNeed segment_need(const SegmentOptions& segment, const GroundingOptions& options, std::int64_t views);
// Of a part that is asked about in a first pass, and then perhaps in all its views.
AskingNeed first_pass_need(const AskingNeed& first, const AskingNeed& all);

}  // namespace funcorr
