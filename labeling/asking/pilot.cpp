#include "labeling/asking/pilot.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "db/format/error.h"
#include "db/format/json.h"
#include "labeling/asking/asking.h"

namespace funcorr {
namespace {

constexpr std::size_t kExamples = 3, kExampleLetters = 160;

bool is_cut(const Answer& answer) { return answer.finish_reason == "length"; }

std::string shortened(const Answer& answer) {
  std::string text = answer.text.substr(0, kExampleLetters);
  if (text.size() < answer.text.size()) text += " …";
  text = json_text(text);
  if (!answer.finish_reason.empty() && answer.finish_reason != "stop")
    text += " (" + answer.finish_reason + ")";
  return text;
}

void count(PilotCounts& counts, const Answer& answer, AnswerUse use) {
  ++counts.answers;
  if (!answer.from_ledger) counts.cost += answer.cost;
  counts.calls += answer.tokens_in > 0 ? 1 : 0;
  counts.tokens_in += answer.tokens_in;
  counts.tokens_out += answer.tokens_out;
  counts.found += use == AnswerUse::kFound ? 1 : 0;
  counts.nothing += use == AnswerUse::kNothing ? 1 : 0;
  if (use != AnswerUse::kUnusable) return;
  if (is_refusal(answer))
    ++counts.refused;
  else if (answer.is_tool_call || answer.finish_reason == "tool_calls")
    ++counts.tool_calls;
  else if (is_cut(answer))
    ++counts.cut;
  else if (answer.text.empty())
    ++counts.empty;
}

// "20 cut by max_tokens, 4 empty"
std::string kinds_text(const PilotCounts& counts, int max_tokens) {
  std::string text;
  const auto add = [&text](std::int64_t number, const std::string& what) {
    if (number > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", number, what);
  };
  add(counts.cut, max_tokens > 0 ? fmt::format("cut by max_tokens = {}", max_tokens) : "cut off");
  add(counts.empty, "empty");
  add(counts.tool_calls, "calls of tools");
  add(counts.refused, "refused");
  add(counts.nothing, "that say there is nothing");
  add(counts.unreadable(), "not in the form that was asked for");
  return text;
}

// Of the requests that are held, so many at most, over as many different items as there are and over
// different ones of each item's.
std::vector<std::size_t> spread(const std::vector<std::string>& items, std::size_t most) {
  std::map<std::string, std::vector<std::size_t>> by_item;
  for (std::size_t i = 0; i < items.size(); ++i) by_item[items[i]].push_back(i);
  std::vector<std::vector<std::size_t>> groups;
  for (auto& [item, indices] : by_item) groups.push_back(std::move(indices));
  std::vector<std::size_t> chosen;
  const std::size_t first_round = std::min(most, groups.size());
  for (std::size_t k = 0; k < first_round; ++k) {
    std::vector<std::size_t>& group = groups[k * groups.size() / first_round];
    const auto at = group.begin() + static_cast<std::ptrdiff_t>(k % group.size());
    chosen.push_back(*at);
    group.erase(at);
  }
  for (bool any = true; any && chosen.size() < most;) {
    any = false;
    for (std::vector<std::size_t>& group : groups) {
      if (group.empty() || chosen.size() >= most) continue;
      any = true;
      chosen.push_back(group.back());
      group.pop_back();
    }
  }
  std::ranges::sort(chosen);
  return chosen;
}

}  // namespace

const OptionList<PilotOptions>& PilotOptions::options() {
  static const OptionList<PilotOptions> list{
      option("pilot", &PilotOptions::requests)
          .range(0, 10'000)
          .help("requests that go first, before anything else is bought with a new model, prompt or box "
                "format; 0: none")
          .leaves_results(),
      option("pilot_share", &PilotOptions::share)
          .range(0, 1)
          .help("share of the pilot's answers that must be of use, or the run stops")
          .leaves_results(),
      option("guard", &PilotOptions::guard)
          .range(0, 1e9)
          .help("bought answers in a row without what was asked for, or all cut, that stop the run; 0: never")
          .leaves_results()};
  return list;
}

Pilot::Pilot(PilotOptions options, PilotPlan plan, int samples_per_call, Asker& asker)
    : options_(options),
      plan_(std::move(plan)),
      samples_per_call_(std::max(1, samples_per_call)),
      asker_(asker),
      is_open_(options.requests > 0 && !plan_.has_passed) {}

std::string Pilot::progress() const {
  if (!is_open_) return {};
  return fmt::format("pilot: {} of {} requests", answered_calls_.load(), options_.requests);
}

void Pilot::submit(ChatRequest request, OnAnswer on_answer, JudgeAnswer judge) {
  if (!judge) return asker_.submit(std::move(request), std::move(on_answer));
  model_ = request.model;
  max_tokens_ = request.sampling.max_tokens.value_or(0);
  Held held{std::move(request), std::move(on_answer), std::move(judge)};
  if (is_open_)
    held_.push_back(std::move(held));
  else
    pass_on(std::move(held));
}

void Pilot::pass_on(Held held) {
  const auto is_counted = std::make_shared<bool>(false);
  asker_.submit(std::move(held.request), [this, is_counted, on_answer = std::move(held.on_answer),
                                          judge = std::move(held.judge)](const Answer& answer) {
    if (answer.answered) {
      if (!std::exchange(*is_counted, true)) ++answered_calls_;
      note(answer, judge(answer));
    }
    on_answer(answer);
  });
}

void Pilot::let_some_through() {
  std::vector<std::string> items;
  for (const Held& held : held_) items.push_back(held.request.tag.item);
  const int wanted = std::max(0, options_.requests - answered_calls_);
  std::vector<Held> going;
  std::deque<Held> rest;
  std::vector<bool> goes(held_.size(), false);
  for (const std::size_t i : spread(items, static_cast<std::size_t>(wanted))) goes[i] = true;
  for (std::size_t i = 0; i < held_.size(); ++i) {
    Held& held = held_[i];
    if (!goes[i]) {
      rest.push_back(std::move(held));
      continue;
    }
    if (held.request.n > samples_per_call_) {
      Held behind = held;
      behind.request.first_sample += samples_per_call_;
      behind.request.n -= samples_per_call_;
      held.request.n = samples_per_call_;
      rest.push_back(std::move(behind));
    }
    going.push_back(std::move(held));
  }
  held_ = std::move(rest);
  for (Held& held : going) pass_on(std::move(held));
}

void Pilot::release() {
  is_open_ = false;
  for (Held& held : std::exchange(held_, {})) pass_on(std::move(held));
}

void Pilot::note(const Answer& answer, AnswerUse use) {
  if (use == AnswerUse::kUnusable) {
    examples_.push_back(shortened(answer));
    if (examples_.size() > kExamples) examples_.erase(examples_.begin());
  }
  if (is_open_) count(counts_, answer, use);
  watch(answer, use);
}

void Pilot::watch(const Answer& answer, AnswerUse use) {
  if (answer.from_ledger || options_.guard == 0) return;
  count(fruitless_, answer, use);
  if (use == AnswerUse::kFound) fruitless_ = {};
  count(cut_, answer, AnswerUse::kUnusable);
  if (!is_cut(answer)) cut_ = {};
  // From a callback, it ends the asker's run at once.
  if (fruitless_.answers >= options_.guard)
    throw EnvironmentError(report(fmt::format("of the last {} answers of model \"{}\" that were bought, none "
                                              "holds what was asked for",
                                              fruitless_.answers, model_),
                                  fruitless_));
  if (cut_.answers >= options_.guard)
    throw EnvironmentError(report(fmt::format("the last {} answers of model \"{}\" that were bought were all "
                                              "cut",
                                              cut_.answers, model_),
                                  cut_));
}

void Pilot::decide() {
  const double share =
      counts_.answers > 0 ? static_cast<double>(counts_.usable()) / static_cast<double>(counts_.answers) : 0;
  if (counts_.found > 0 && share >= options_.share) {
    if (plan_.passed) plan_.passed(counts_);
    return release();
  }
  held_.clear();
  std::string text =
      report(fmt::format("the pilot stops the run: {} of its {} answers of model \"{}\" are of "
                         "use, at least {:.0f} % must be (pilot_share)",
                         counts_.usable(), counts_.answers, model_, 100 * options_.share),
             counts_);
  throw EnvironmentError(text + "\n  to go on regardless: pilot = 0");
}

// What came back, what to change, and what it cost, a line each.
std::string Pilot::report(const std::string& head, const PilotCounts& counts) const {
  std::string text = head + "\n  of no use: " + kinds_text(counts, max_tokens_);
  for (const std::string& example : examples_) text += "\n  an answer: " + example;
  if (2 * counts.cut >= counts.answers && counts.cut > 0)
    text +=
        "\n  raise max_tokens: the model was cut before it came to its answer (a model that thinks first "
        "needs some thousands, or its thinking switched off)";
  if (counts.tool_calls > 0)
    text += "\n  the model calls tools instead of answering: ask for JSON in the prompt";
  const std::string advice = plan_.advice ? plan_.advice() : std::string();
  if (!advice.empty()) text += "\n  " + advice;
  return text + fmt::format(
                    "\n  they cost {:.4g}; they are in the ledger, and not bought again while model, "
                    "words, pictures and sampling stay",
                    counts.cost);
}

RunEnd Pilot::run(const std::function<bool()>& stop_requested) {
  while (true) {
    if (is_open_) let_some_through();
    RunEnd end = asker_.run(stop_requested);
    if (end.kind != RunEnd::Kind::kDone) {
      held_.clear();
      return end;
    }
    const bool decides = is_open_ && answered_calls_ >= options_.requests;
    if (decides) decide();
    if (held_.empty() && !decides) return end;
  }
}

}  // namespace funcorr
