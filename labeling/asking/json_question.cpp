#include "labeling/asking/json_question.h"

#include <memory>
#include <utility>

#include "labeling/asking/complaint.h"
#include "labeling/prompt/json_answer.h"

namespace funcorr {
namespace {

using nlohmann::json;

struct OpenQuestion {
  Asking& asking;
  JsonQuestion question;
  std::function<void(const Asked<json>&)> take;
};

bool is_usable(const JsonQuestion& question, const std::optional<json>& value) {
  try {
    return value && question.is_usable(*value);
  } catch (const json::exception&) {
    return false;
  }
}

std::string shortened(const std::string& text) {
  constexpr std::size_t kMost = 120;
  return text.size() <= kMost ? text : text.substr(0, kMost) + " …";
}

// What an answer is worth saying of that cannot be used.
std::string complaint(const Answer& answer) {
  if (is_refusal(answer)) return refusal_text(answer);
  const std::string text = "the last one was: " + shortened(answer.text);
  return answer.schema_error.empty() ? text : text + " (" + answer.schema_error + ")";
}

// The same, for the model.
std::string fault_of(const Answer& answer) {
  if (!json_answer(answer.text)) return "there is no complete JSON object in it";
  return answer.schema_error.empty() ? "its JSON does not hold what was asked for" : answer.schema_error;
}

ChatRequest request_for(const std::shared_ptr<OpenQuestion>& open, int sample) {
  const JsonQuestion& question = open->question;
  ChatRequest request = open->asking.request(fill(*question.prompt, question.values));
  if (question.prompt->schema.is_object()) request.schema = question.prompt->schema;
  request.schema_name = question.prompt->name;
  request.first_sample = sample;
  request.tag = question.tag;
  return request;
}

void ask_sample(const std::shared_ptr<OpenQuestion>& open, int sample);

// `is_reply`: to a complaint.
void submit(const std::shared_ptr<OpenQuestion>& open, ChatRequest request, bool is_reply) {
  const auto judge = [open](const Answer& answer) {
    return is_usable(open->question, json_answer(answer.text)) ? AnswerUse::kFound : AnswerUse::kUnusable;
  };
  const auto take = [open, is_reply](const Answer& answer) {
    using enum AskingFailure::Kind;
    if (!answer.answered) return open->take({{}, {kUnanswered, answer.error_kind, answer.error}});
    auto value = json_answer(answer.text);
    if (is_usable(open->question, value)) return open->take({std::move(value), {}});
    if (!is_reply && open->asking.complains_of(answer))
      return submit(open, with_complaint(request_for(open, answer.sample), answer, fault_of(answer)), true);
    if (answer.sample + 1 < open->question.tries) return ask_sample(open, answer.sample + 1);
    open->take(
        {{},
         {kUnanswered, "unusable_answer",
          "no usable answer in " + std::to_string(open->question.tries) + " tries; " + complaint(answer)}});
  };
  open->asking.submit(std::move(request), take, judge);
}

void ask_sample(const std::shared_ptr<OpenQuestion>& open, int sample) {
  submit(open, request_for(open, sample), false);
}

}  // namespace

void ask_json(Asking& asking, JsonQuestion question, std::function<void(const Asked<json>&)> take) {
  ask_sample(std::make_shared<OpenQuestion>(OpenQuestion{asking, std::move(question), std::move(take)}), 0);
}

}  // namespace funcorr
