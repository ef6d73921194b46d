#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "db/format/options.h"
#include "labeling/client/asker.h"

namespace funcorr {

// What an answer is worth to the one who asked.
enum class AnswerUse {
  kFound,    // what was asked for
  kNothing,  // as good an answer: there is nothing, in the words that were agreed on
  kUnusable,
};
using JudgeAnswer = std::function<AnswerUse(const Answer& answer)>;

struct PilotOptions {
  int requests = 24;    // that are answered before any other is sent; 0: no pilot
  double share = 0.25;  // of a pilot's answers, that has to be of use
  int guard = 200;      // so many bought answers in a row without what was asked for end the run; 0: never

  static const OptionList<PilotOptions>& options();
};

// What came of the answers of a pilot.
struct PilotCounts {
  std::int64_t answers = 0, found = 0, nothing = 0;
  // Of those that are of no use:
  std::int64_t cut = 0, empty = 0, refused = 0, tool_calls = 0;
  double cost = 0;                                        // of those that were bought now
  std::int64_t calls = 0, tokens_in = 0, tokens_out = 0;  // of all, by whatever calls

  std::int64_t usable() const { return found + nothing; }
  // Not in the form that was asked for.
  std::int64_t unreadable() const { return answers - usable() - cut - empty - refused - tool_calls; }
};

// What a pilot is told of the past, and whom it tells.
struct PilotPlan {
  bool has_passed = false;  // by an earlier run, with the same model, words and sampling
  std::function<void(const PilotCounts& counts)> passed{};
  std::function<std::string()> advice{};  // lines for people about answers that are of no use
};

// Stands between those who ask and an asker, so that no money is spent for nothing: lets a few requests about
// different items go first and holds all others until enough of their answers are of use. Afterwards it
// watches what is bought. Answers of a pilot are answers like others.
class Pilot {
 public:
  // `samples_per_call`: as many of a request's samples go by one call. A call is what the pilot counts.
  Pilot(PilotOptions options, PilotPlan plan, int samples_per_call, Asker& asker);

  // As Asker::submit(). A request that nobody judges is not held.
  void submit(ChatRequest request, OnAnswer on_answer, JudgeAnswer judge);
  // As Asker::run(). Throws EnvironmentError that says what came back, and what to change, where a pilot
  // fails or where nothing of use is bought any more.
  RunEnd run(const std::function<bool()>& stop_requested);

  bool is_open() const { return is_open_; }  // undecided
  const PilotCounts& counts() const { return counts_; }
  // "pilot: 12 of 24 requests"; empty after it. From any thread.
  std::string progress() const;

 private:
  struct Held {
    ChatRequest request;
    OnAnswer on_answer;
    JudgeAnswer judge;
  };
  void pass_on(Held held);
  void let_some_through();
  void note(const Answer& answer, AnswerUse use);
  void watch(const Answer& answer, AnswerUse use);
  void decide();
  void release();
  std::string report(const std::string& head, const PilotCounts& counts) const;

  PilotOptions options_;
  PilotPlan plan_;
  int samples_per_call_;
  Asker& asker_;
  std::atomic<bool> is_open_;
  std::atomic<int> answered_calls_ = 0;
  std::deque<Held> held_;
  PilotCounts counts_;
  std::vector<std::string> examples_;  // raw answers of no use, shortened
  PilotCounts fruitless_;              // bought in a row, without what was asked for
  PilotCounts cut_;                    // bought in a row, all cut
  std::string model_;
  int max_tokens_ = 0;
};

}  // namespace funcorr
