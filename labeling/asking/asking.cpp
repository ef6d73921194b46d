#include "labeling/asking/asking.h"

#include <utility>

#include "labeling/asking/complaint.h"

namespace funcorr {

ChatRequest Asking::request(const std::vector<Prompt::Message>& messages) const {
  ChatRequest request;
  request.provider = options_.provider.name;
  request.model = options_.model;
  request.sampling = options_.sampling;
  for (const Prompt::Message& message : messages) request.messages.push_back({message.role, message.text});
  return request;
}

bool Asking::complains_of(const Answer& answer) const {
  return options_.ask_again && bears_complaint(answer);
}

EmbeddingRequest Asking::embedding_request(std::vector<std::string> texts) const {
  EmbeddingRequest request;
  request.provider = embedding_provider(options_, embedding_);
  request.model = embedding_.model;
  request.inputs = std::move(texts);
  return request;
}

void Asking::use_pilot(PilotPlan plan) {
  pilot_ = std::make_unique<Pilot>(options_.pilot, std::move(plan), options_.provider.max_n, asker_);
}

void Asking::submit(ChatRequest request, OnAnswer on_answer, JudgeAnswer judge) {
  if (pilot_)
    pilot_->submit(std::move(request), std::move(on_answer), std::move(judge));
  else
    asker_.submit(std::move(request), std::move(on_answer));
}

bool is_refusal(const Answer& answer) {
  return !answer.refusal.empty() || answer.finish_reason == "content_filter";
}

std::string refusal_text(const Answer& answer) {
  return answer.refusal.empty() ? "the provider's content filter held the answer back"
                                : "the model refused: " + answer.refusal;
}

}  // namespace funcorr
