#include "labeling/asking/estimate.h"

#include <algorithm>

#include <fmt/format.h>

#include "labeling/asking/complaint.h"

namespace funcorr {
namespace {

constexpr std::int64_t kEnoughAnswers = 20;  // for a category's own figures
constexpr double kSecondsPerRequest = 2;     // guessed
constexpr double kTokensAroundMessage = 8;   // of role and separators, as ask.cpp reserves them
constexpr double kMostBytesPerToken = 16;

double ratio(std::int64_t a, std::int64_t b) { return static_cast<double>(a) / static_cast<double>(b); }

PastAnswers sum_of(const std::map<std::string, PastAnswers>& past) {
  PastAnswers sum;
  for (const auto& [category, each] : past) {
    sum.answers += each.answers;
    sum.calls += each.calls;
    sum.tokens_in += each.tokens_in;
    sum.tokens_out += each.tokens_out;
    sum.cost += each.cost;
    sum.seconds += each.seconds;
  }
  return sum;
}

AskingNeed sum_of(const std::map<std::string, AskingNeed>& need) {
  AskingNeed sum;
  for (const auto& [category, each] : need) sum += each;
  return sum;
}

std::int64_t usual_answers(const AskingNeed& need) {
  return need.usual_answers > 0 ? need.usual_answers : need.answers;
}

// Answers asked for per usual answer, within what `need` allows, as they were for the items `done`.
double asked_again(const AskingNeed& need, const AskingNeed& done, const PastAnswers& past) {
  const std::int64_t usual = usual_answers(need);
  if (done.answers_of_done == 0 || usual == 0) return 1;
  return std::clamp(ratio(past.answers, done.answers_of_done), ratio(need.answers, usual),
                    ratio(need.most_answers, usual));
}

AskingFigures least_of(const AskingPlan& plan, const AskingNeed& need, const Provider& provider) {
  AskingFigures figures;
  figures.answers = static_cast<double>(need.answers);
  figures.requests = figures.answers / std::max(1, provider.max_n);
  figures.tokens_in = figures.requests * plan.least_tokens_in;
  return figures;
}

// What the past took for an answer is believed where it is more than what was thought possible.
AskingFigures most_of(const AskingPlan& plan, const AskingNeed& need, const PastAnswers& past) {
  AskingFigures figures;
  figures.answers = static_cast<double>(need.most_answers);
  figures.requests = static_cast<double>(need.most_requests > 0 ? need.most_requests : need.most_answers);
  const double past_in = past.calls > 0 ? ratio(past.tokens_in, past.calls) : 0;
  const double past_out = past.answers > 0 ? ratio(past.tokens_out, past.answers) : 0;
  figures.tokens_in =
      figures.requests * std::max(plan.most_tokens_in > 0 ? plan.most_tokens_in : plan.tokens_in, past_in);
  figures.tokens_out =
      figures.answers * std::max(plan.most_tokens_out > 0 ? plan.most_tokens_out : plan.tokens_out, past_out);
  return figures;
}

// One category's, without hours.
AskingFigures figures_of(const AskingPlan& plan, const AskingNeed& need, const AskingNeed& all_need,
                         const PastAnswers& own, const PastAnswers& all, const Provider& provider,
                         AskingBound bound) {
  const bool has_own = own.answers >= kEnoughAnswers;
  const PastAnswers& past = has_own ? own : all;
  const AskingFigures least = least_of(plan, need, provider), most = most_of(plan, need, past);
  if (bound == AskingBound::kLeast) return least;
  if (bound == AskingBound::kMost) return most;
  AskingFigures figures;
  figures.answers =
      static_cast<double>(usual_answers(need)) * asked_again(need, has_own ? need : all_need, past);
  if (past.answers >= kEnoughAnswers) {
    figures.requests = figures.answers * ratio(past.calls, past.answers);
    figures.tokens_in = figures.answers * ratio(past.tokens_in, past.answers);
    figures.tokens_out = figures.answers * ratio(past.tokens_out, past.answers);
  } else {
    figures.requests = figures.answers / std::max(1, provider.max_n);
    figures.tokens_in = figures.requests * plan.tokens_in;
    figures.tokens_out = figures.answers * plan.tokens_out;
  }
  for (double AskingFigures::*each : {&AskingFigures::answers, &AskingFigures::requests,
                                      &AskingFigures::tokens_in, &AskingFigures::tokens_out})
    figures.*each = std::max(least.*each, std::min(figures.*each, most.*each));
  return figures;
}

double money_of(const AskingFigures& figures, const Provider& provider, const Price& price) {
  const double discount = provider.transport == Transport::kBatch ? 1 - provider.batch_discount : 1;
  return discount * 1e-6 *
         (figures.tokens_in * price.in_per_million + figures.tokens_out * price.out_per_million);
}

double hours_of(const AskingFigures& figures, const Provider& provider, double seconds_per_request) {
  const double slots = provider.limits.concurrency * static_cast<double>(provider.servers.size());
  double minutes = figures.requests * seconds_per_request / slots / 60;
  if (provider.limits.requests_per_minute > 0)
    minutes = std::max(minutes, figures.requests / provider.limits.requests_per_minute);
  if (provider.limits.tokens_per_minute > 0)
    minutes = std::max(minutes, (figures.tokens_in + figures.tokens_out) / provider.limits.tokens_per_minute);
  return minutes / 60;
}

std::string duration_text(double hours) {
  if (hours >= 1) return fmt::format("{:.1f} hours", hours);
  return hours >= 1.0 / 60 ? fmt::format("{:.0f} minutes", 60 * hours) : "less than a minute";
}

std::string line_for(const char* name, const AskingFigures& figures, const Provider& provider) {
  return fmt::format(
      "{}: {:.0f} answers by {:.0f} requests, {:.3f} M tokens in and {:.3f} M out, {:.2f} money, {}\n", name,
      figures.answers, figures.requests, figures.tokens_in * 1e-6, figures.tokens_out * 1e-6, figures.money,
      provider.transport == Transport::kBatch ? "up to a day for each round of questions"
                                              : duration_text(figures.hours));
}

}  // namespace

AskingNeed& AskingNeed::operator+=(const AskingNeed& other) {
  usual_answers = funcorr::usual_answers(*this) + funcorr::usual_answers(other);
  answers += other.answers;
  most_answers += other.most_answers;
  answers_of_done += other.answers_of_done;
  most_requests += other.most_requests;
  return *this;
}

void AskingPlan::add(const std::string& category, bool is_done, std::int64_t answers,
                     std::int64_t most_answers) {
  add(category, is_done, {answers, most_answers, 0, most_answers});
}

void AskingPlan::add(const std::string& category, bool is_done, const AskingNeed& item) {
  need[category] += is_done ? AskingNeed{0, 0, usual_answers(item), 0} : item;
}

void AskingPlan::bound(const Prompt& prompt, const std::map<std::string, std::int64_t>& longest,
                       std::int64_t image_tokens) {
  double bytes = 0, filled = 0;
  for (const Prompt::Message& message : prompt.messages) {
    bytes += static_cast<double>(message.text.size() + message.role.size());
    for (const std::string& name : names_in(message.text)) {
      bytes -= static_cast<double>(name.size() + std::string_view("{{}}").size());
      const auto found = longest.find(name);
      filled += found == longest.end() ? 0 : static_cast<double>(found->second);
    }
  }
  const double frame = kTokensAroundMessage * static_cast<double>(prompt.messages.size() + 1);
  const double schema = prompt.schema.is_null() ? 0 : static_cast<double>(prompt.schema.dump().size());
  const double most = bytes + filled + schema + frame + static_cast<double>(image_tokens);
  const double least = bytes / kMostBytesPerToken;
  least_tokens_in = most_tokens_in == 0 ? least : std::min(least_tokens_in, least);
  most_tokens_in = std::max(most_tokens_in, most);
}

void AskingPlan::allow_complaints() {
  for (auto& [category, each] : need) {
    each.most_requests =
        each.most_answers + (each.most_requests > 0 ? each.most_requests : each.most_answers);
    each.most_answers *= 2;
  }
  if (most_tokens_in > 0) most_tokens_in += most_tokens_out + static_cast<double>(kMostComplaint);
}

AskingFigures asking_figures(const AskingPlan& plan, const std::map<std::string, PastAnswers>& past,
                             const Provider& provider, const Price& price, AskingBound bound) {
  const AskingNeed all_need = sum_of(plan.need);
  const PastAnswers all = sum_of(past);
  AskingFigures sum;
  for (const auto& [category, need] : plan.need) {
    const auto own = past.find(category);
    const AskingFigures figures = figures_of(
        plan, need, all_need, own == past.end() ? PastAnswers{} : own->second, all, provider, bound);
    sum.answers += figures.answers;
    sum.requests += figures.requests;
    sum.tokens_in += figures.tokens_in;
    sum.tokens_out += figures.tokens_out;
  }
  sum.money = money_of(sum, provider, price);
  sum.hours = hours_of(sum, provider,
                       all.calls > 0 ? all.seconds / static_cast<double>(all.calls) : kSecondsPerRequest);
  return sum;
}

std::string estimate_text(const AskingPlan& plan, const std::map<std::string, PastAnswers>& past,
                          const Provider& provider, const Price& price) {
  const auto line = [&](const char* name, AskingBound bound) {
    return line_for(name, asking_figures(plan, past, provider, price, bound), provider);
  };
  const std::int64_t answers = sum_of(past).answers;
  std::string text = plan.what + "\n" + line("at least", AskingBound::kLeast);
  if (answers >= kEnoughAnswers) text += line("expected", AskingBound::kLikely);
  text += line("at most", AskingBound::kMost);
  return text +
         fmt::format(
             "prices: {} per million tokens in, {} out; {}; answers in the ledger cost nothing again, a "
             "request "
             "that fails after it was billed is billed again\n",
             price.in_per_million, price.out_per_million,
             answers >= kEnoughAnswers
                 ? fmt::format("what is expected is as of the {} answers in the ledger", answers)
                 : std::string(
                       "nothing is expected yet: there are no earlier answers, and times are guessed"));
}

std::map<std::string, SpendEstimate> expected_spend(const AskingPlan& plan,
                                                    const std::map<std::string, PastAnswers>& past,
                                                    const Provider& provider, const Price& price) {
  const AskingNeed all_need = sum_of(plan.need);
  const PastAnswers all = sum_of(past);
  std::map<std::string, SpendEstimate> expected;
  for (const auto& [category, spent] : past)
    expected[category] = {static_cast<double>(spent.answers), static_cast<double>(spent.tokens_in),
                          static_cast<double>(spent.tokens_out), spent.cost};
  for (const auto& [category, need] : plan.need) {
    const auto own = past.find(category);
    const AskingFigures further =
        figures_of(plan, need, all_need, own == past.end() ? PastAnswers{} : own->second, all, provider,
                   AskingBound::kLikely);
    SpendEstimate& estimate = expected[category];
    estimate.answers += further.answers;
    estimate.tokens_in += further.tokens_in;
    estimate.tokens_out += further.tokens_out;
    estimate.cost += money_of(further, provider, price);
  }
  return expected;
}

}  // namespace funcorr
