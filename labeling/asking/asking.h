#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "labeling/asking/asking_options.h"
#include "labeling/asking/pilot.h"
#include "labeling/client/asker.h"
#include "labeling/prompt/prompt.h"

namespace funcorr {

// Asks one model, and one for embeddings where there is one, with the sampling that the options name.
class Asking {
 public:
  // `asker` knows the options' providers. `stop_requested` ends a run early.
  Asking(AskingOptions options, Asker& asker, std::function<bool()> stop_requested,
         EmbeddingOptions embedding = {})
      : options_(std::move(options)),
        embedding_(std::move(embedding)),
        asker_(asker),
        stop_requested_(std::move(stop_requested)) {}

  // A request for one answer to these messages; the caller adds picture, samples, schema and tag.
  ChatRequest request(const std::vector<Prompt::Message>& messages) const;
  // Do the servers hold answers to a request's schema?
  bool enforces_schema() const { return options_.provider.json_schema; }
  // Is an answer that cannot be read complained of, and not only asked for anew?
  bool complains_of(const Answer& answer) const;
  EmbeddingRequest embedding_request(std::vector<std::string> texts) const;

  // From now on a pilot goes before what is judged (pilot.h), and a guard watches it.
  void use_pilot(PilotPlan plan);
  const Pilot* pilot() const { return pilot_.get(); }  // null: none is used

  void submit(ChatRequest request, OnAnswer on_answer, JudgeAnswer judge = {});
  void submit(EmbeddingRequest request, OnEmbedding on_embedding) {
    asker_.submit(std::move(request), std::move(on_embedding));
  }
  // Throws what Pilot::run() throws.
  RunEnd run() { return pilot_ ? pilot_->run(stop_requested_) : asker_.run(stop_requested_); }

 private:
  AskingOptions options_;
  EmbeddingOptions embedding_;
  Asker& asker_;
  std::function<bool()> stop_requested_;
  std::unique_ptr<Pilot> pilot_;
};

// Why something that was asked for has no answer.
struct AskingFailure {
  enum class Kind {
    kUnanswered,  // asked again, it may have one
    kRefused,     // the model, or a filter before it, would not say anything
    kFatal,       // nothing can be asked any more: no credit, wrong key, budget used up …
  };
  Kind kind = Kind::kUnanswered;
  std::string error_kind;  // short stable word: "timeout", "unusable_answer" …
  std::string error;       // one line for people
};

// What became of something that was asked for. A run that is stopped tells nothing of what was open.
template <typename Value>
struct Asked {
  std::optional<Value> value{};
  AskingFailure failure{};  // where there is none
};

// An answer in which the model, or a filter before it, would not say anything; and how, for people.
bool is_refusal(const Answer& answer);
std::string refusal_text(const Answer& answer);

}  // namespace funcorr
