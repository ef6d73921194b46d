#pragma once

#include <cstdint>
#include <string>

#include "labeling/asking/pilot.h"
#include "labeling/client/provider.h"
#include "labeling/client/request.h"

namespace funcorr {

// Can the model be told what is wrong with this answer? Not with a refusal, nor with one that is empty, was
// cut or calls a tool.
bool bears_complaint(const Answer& answer);

// The same conversation, and picture, with the answer and what is wrong with it: for one reply, which stands
// in for the answer's sample. `complaint`: one line, of which at most kMostComplaint bytes are sent.
ChatRequest with_complaint(ChatRequest request, const Answer& answer, const std::string& complaint);
// Bytes, with what stands around two messages.
constexpr std::int64_t kMostComplaint = 320;

// Where a pilot's answers that could not be read would cheaper be complained of than asked for anew: that,
// with both figures, for people. Supposes that the reply to a complaint can be read. Else empty.
std::string complaint_advice(const PilotCounts& counts, const Price& price);

}  // namespace funcorr
