#include "labeling/asking/complaint.h"

#include <utility>

#include <fmt/format.h>

#include "labeling/asking/asking.h"

namespace funcorr {
namespace {

constexpr std::size_t kMostOfComplaint = 160;

}  // namespace

bool bears_complaint(const Answer& answer) {
  return answer.answered && !is_refusal(answer) && !answer.text.empty() && answer.finish_reason != "length" &&
         !answer.is_tool_call;
}

ChatRequest with_complaint(ChatRequest request, const Answer& answer, const std::string& complaint) {
  request.first_sample = answer.sample;
  request.n = 1;
  request.messages.push_back({"assistant", answer.text});
  const bool is_short = complaint.size() <= kMostOfComplaint;
  request.messages.push_back(
      {"user", fmt::format("Your answer could not be read: {}. Answer again, in the form that was asked for, "
                           "and with nothing else.",
                           is_short ? complaint : "it has another form")});
  return request;
}

std::string complaint_advice(const PilotCounts& counts, const Price& price) {
  if (counts.unreadable() <= 0 || counts.usable() == 0 || counts.calls == 0) return {};
  const bool has_price = price.in_per_million > 0 || price.out_per_million > 0;
  const double of_in = has_price ? price.in_per_million : 1, of_out = has_price ? price.out_per_million : 1;
  const auto answers = static_cast<double>(counts.answers);
  const double call_in = static_cast<double>(counts.tokens_in) / static_cast<double>(counts.calls);
  const double answer_in = static_cast<double>(counts.tokens_in) / answers;
  const double out = static_cast<double>(counts.tokens_out) / answers;
  const double fresh = (answer_in * of_in + out * of_out) * answers / static_cast<double>(counts.usable());
  constexpr double kTokens = 40;  // of a complaint, guessed
  const double again = (call_in + out + kTokens) * of_in + out * of_out;
  if (again >= fresh) return {};
  return fmt::format(
      "{} of the pilot's {} answers could not be read: a usable one takes {:.4g} {} by fresh samples, and "
      "{:.4g} where the model is told what was wrong; to have it told, once for each answer, set ask_again",
      counts.unreadable(), counts.answers, has_price ? 1e-6 * fresh : fresh, has_price ? "money" : "tokens",
      has_price ? 1e-6 * again : again);
}

}  // namespace funcorr
