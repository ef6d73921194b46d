#include "labeling/client/verdict.h"

#include <algorithm>
#include <array>
#include <ctime>

#include <curl/curl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/dataset/completion.h"
#include "db/format/json.h"
#include "db/format/text.h"

namespace funcorr {
namespace {

using nlohmann::json;
using Action = Verdict::Action;
using Failure = HttpResult::Failure;

std::string header(const HttpResult& result, const std::string& name) {
  const auto found = result.headers.find(name);
  return found == result.headers.end() ? std::string() : found->second;
}

// Cut, and on one line.
std::string one_line(std::string text) {
  constexpr std::size_t kLongest = 300;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "…";
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? std::string() : json_text(value);
}

bool is_money(const std::string& code) {
  static constexpr std::array<std::string_view, 4> kCodes{"insufficient_quota", "credit_balance_exhausted",
                                                          "billing_hard_limit_reached", "billing_not_active"};
  return std::ranges::find(kCodes, code) != kCodes.end() || code.ends_with("_spend_limit_exceeded") ||
         code.ends_with("_usage_limit_exceeded");
}

// Our word for a status whose body brings none.
std::string code_of_status(int status) {
  switch (status) {
    case 400:
      return "bad_request";
    case 401:
      return "invalid_api_key";
    case 402:
      return "payment_required";
    case 403:
      return "forbidden";
    case 404:
      return "not_found";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limited";
    case 503:
      return "overloaded";
    default:
      return status >= 500 ? "server_error" : fmt::format("http_{}", status);
  }
}

// Codes of errors that are about what one request shows or says.
bool is_of_content(const std::string& code) {
  static constexpr std::array<std::string_view, 9> kBeginnings{
      "invalid_image",  "image_",  "unsupported_image", "invalid_base64", "content_filter",
      "content_policy", "moderat", "responsible_ai",    "ResponsibleAI"};
  return std::ranges::any_of(kBeginnings, [&](std::string_view each) { return code.starts_with(each); });
}

struct ApiError {
  std::string code, message, param;
  int status = 0;          // where the code is one of HTTP; 0: it is none
  bool moderated = false;  // what was shown or said was flagged
};

// A code that is a number, which some servers put there, or into a string: 429, "402".
int status_of(const json& code) {
  if (code.is_number_integer()) {
    const auto number = code.get<std::int64_t>();
    return number >= 400 && number < 600 ? static_cast<int>(number) : 0;
  }
  const std::string text = code.is_string() ? code.get<std::string>() : std::string();
  const bool is_number = text.size() == 3 && text.find_first_not_of("0123456789") == std::string::npos;
  return is_number && (text[0] == '4' || text[0] == '5') ? std::stoi(text) : 0;
}

// The error object of a body: {"error": {"code", "message"}}; some servers put it at the top, some give a
// string.
ApiError error_of(const json& body) {
  if (!body.is_object()) return {};
  const json error = body.value("error", json());
  if (error.is_string()) return {.code = "", .message = error.get<std::string>(), .param = ""};
  const json& object = error.is_object() ? error : body;
  const json code = object.value("code", json());
  ApiError read{"", text_of(object.value("message", json())), text_of(object.value("param", json())),
                status_of(code), false};
  if (code.is_string() && read.status == 0) read.code = code.get<std::string>();
  // Anthropic's errors have a type for a code.
  if (read.code.empty() && body.value("type", json()) == "error")
    read.code = text_of(object.value("type", json()));
  const json details = object.value("metadata", json());  // OpenRouter's
  read.moderated = details.is_object() && (details.contains("flagged_input") || details.contains("reasons"));
  return read;
}

void read_usage(const json& body, Verdict& verdict) {
  if (!body.is_object()) return;
  const json usage = body.value("usage", json());
  if (!usage.is_object()) return;
  const auto count = [&](const char* name) { return count_member(usage, name).value_or(-1); };
  verdict.tokens_in = count("prompt_tokens");
  verdict.tokens_out = count("completion_tokens");
  if (verdict.tokens_out < 0 && verdict.tokens_in >= 0) verdict.tokens_out = 0;  // embeddings have none
  verdict.billed = verdict.billed || verdict.tokens_in > 0 || verdict.tokens_out > 0;
}

// How many of the indices 0, 1, 2 … the list holds.
int count_choices(const json& body, const char* list) {
  if (!body.is_object() || !body.contains(list) || !body[list].is_array()) return 0;
  std::vector<bool> there(body[list].size());
  for (std::size_t i = 0; i < there.size(); ++i) {
    const json& choice = body[list][i];
    if (!choice.is_object() || choice.contains("error")) continue;
    const json index = choice.value("index", json(i));
    if (index.is_number_unsigned() && index.get<std::size_t>() < there.size())
      there[index.get<std::size_t>()] = true;
  }
  return static_cast<int>(std::ranges::find(there, false) - there.begin());
}

Verdict judge_failure(const HttpResult& result) {
  Verdict verdict;
  verdict.action = Action::kRetry;
  verdict.message = one_line(result.error);
  verdict.sent = result.sent;
  verdict.server_ill = true;
  // A status of success came: it was answered, only not to us.
  verdict.billed = result.status >= 200 && result.status < 300;
  verdict.in_doubt = result.sent && !verdict.billed && result.status == 0;
  switch (result.failure) {
    case Failure::kConnection:
      verdict.code = "connection_failed";
      break;
    case Failure::kCertificate:
      verdict.code = "bad_certificate";
      verdict.action = Action::kStop;
      break;
    case Failure::kTimeout:
      verdict.code = "timeout";
      verdict.overloaded = true;
      break;
    case Failure::kStall:
      verdict.code = "stalled";
      break;
    case Failure::kTooLarge:
      verdict.code = "answer_too_large";
      verdict.action = Action::kFail;
      verdict.server_ill = false;
      break;
    case Failure::kEncoding:
      verdict.code = "undecodable_encoding";
      verdict.useless = true;
      break;
    case Failure::kAborted:
      verdict.code = "aborted";
      verdict.action = Action::kFail;
      verdict.server_ill = false;
      break;
    case Failure::kNotRun:
      verdict.code = "not_run";
      verdict.in_doubt = verdict.server_ill = false;
      break;
    case Failure::kLost:
    case Failure::kNone:
      verdict.code = verdict.billed ? "truncated" : "connection_lost";
      break;
  }
  return verdict;
}

Action action_of_error(int status, const std::string& code, bool of_content, const HttpResult& result) {
  if (status == 403 && of_content) return Action::kFail;
  if (is_money(code) || status == 401 || status == 402 || status == 403) return Action::kStop;
  const std::string should_retry = header(result, "x-should-retry");
  if (should_retry == "true") return Action::kRetry;
  if (should_retry == "false") return Action::kFail;
  const bool transient = status == 408 || status == 409 || status == 429 || status >= 500 || status < 300;
  return transient ? Action::kRetry : Action::kFail;
}

Verdict judge_error(const HttpResult& result, const json& body) {
  Verdict verdict;
  const ApiError error = error_of(body);
  const int status = error.status != 0 ? error.status : result.status;
  verdict.code = error.code.empty() ? code_of_status(status) : error.code;
  if (status < 300 && error.code.empty()) {
    verdict.code = "error_in_answer";
    verdict.useless = true;
  }
  if (error.moderated && status == 403) verdict.code = "moderated";
  const bool of_content = error.moderated || is_of_content(verdict.code) || status == 413;
  verdict.action = action_of_error(status, verdict.code, of_content, result);
  verdict.concerns_all = verdict.action == Action::kFail && !of_content;
  verdict.param = error.param;
  verdict.may_be_of_n = verdict.concerns_all && (status == 400 || status == 422) &&
                        verdict.code != "context_length_exceeded" &&
                        (error.param.empty() || error.param == "n");
  verdict.message = one_line(fmt::format("HTTP {} {}: {}", result.status, verdict.code,
                                         error.message.empty() ? result.body.substr(0, 200) : error.message));
  verdict.retry_after_s = retry_after(result);
  verdict.refused = verdict.action == Action::kRetry && status == 429;
  verdict.overloaded = verdict.action == Action::kRetry && (status == 429 || status == 503 || status == 529);
  verdict.server_ill = verdict.action == Action::kRetry && status >= 500;
  // A gateway that lost its server does not know whether the server went on.
  verdict.in_doubt = result.status == 502 || result.status == 504 || result.status == 524;
  read_usage(body, verdict);
  if (verdict.billed) verdict.in_doubt = false;
  return verdict;
}

Verdict judge_redirection(const HttpResult& result) {
  Verdict verdict;
  verdict.action = Action::kFail;
  verdict.code = "redirect_refused";
  verdict.message = one_line(
      fmt::format("HTTP {}: the server sends us to {}; if that is right, name that server or allow its host",
                  result.status, result.location.empty() ? "nowhere" : origin_of(result.location)));
  return verdict;
}

// OpenRouter's way of telling that a model failed: an error where the choice's message should be.
json error_of_first_choice(const json& body, const char* list) {
  if (!body.is_object() || !body.contains(list) || !body[list].is_array() || body[list].empty()) return {};
  const json& first = body[list].front();
  return first.is_object() ? first.value("error", json()) : json();
}

Verdict judge_success(const HttpResult& result, const char* list) {
  const json body = read_completion(result.body);
  if (body.is_object() && body.contains("error") && !body["error"].is_null())
    return judge_error(result, body);
  Verdict verdict;
  verdict.billed = true;  // a success is paid for, whatever is in it, unless no model can have made it
  read_usage(body, verdict);
  verdict.choices = body.is_discarded() ? 0 : count_choices(body, list);
  if (verdict.choices > 0) return verdict;
  if (const json error = error_of_first_choice(body, list); error.is_object())
    return judge_error(result, {{"error", error}});
  verdict.action = Action::kRetry;
  const std::string type = header(result, "content-type");
  if (!body.is_discarded()) {
    verdict.code = "no_choices";
    verdict.message = fmt::format("the answer has no \"{}\"", list);
    verdict.useless = true;
    verdict.billed = (body.is_object() && body.contains(list)) || verdict.tokens_in > 0;
  } else if (type.find("json") == std::string::npos && type.find("event-stream") == std::string::npos) {
    verdict.code = "wrong_content_type";
    verdict.message =
        one_line(fmt::format("the answer is \"{}\", not JSON: {}", type, result.body.substr(0, 80)));
    verdict.useless = true;
    verdict.billed = false;
  } else {
    verdict.code = "malformed_json";
    verdict.message = "the answer is not valid JSON";
    verdict.useless = true;
  }
  return verdict;
}

}  // namespace

double retry_after(const HttpResult& result) {
  const auto number = [](const std::string& text) {
    return std::max(0.0, number_in<double>(text).value_or(0.0));
  };
  if (const double milliseconds = number(header(result, "retry-after-ms")); milliseconds > 0)
    return milliseconds / 1000;
  const std::string text = header(result, "retry-after");
  if (const double seconds = number(text); seconds > 0) return seconds;
  const std::time_t date = text.empty() ? -1 : curl_getdate(text.c_str(), nullptr);
  return date < 0 ? 0 : std::max(0.0, std::difftime(date, std::time(nullptr)));
}

Verdict judge(const HttpResult& result, const char* list) {
  if (result.failure != Failure::kNone) return judge_failure(result);
  if (result.status >= 200 && result.status < 300) return judge_success(result, list);
  if (result.status >= 300 && result.status < 400) return judge_redirection(result);
  return judge_error(result, parse_reply_json(result.body));
}

}  // namespace funcorr
