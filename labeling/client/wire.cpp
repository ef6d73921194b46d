#include "labeling/client/wire.h"

#include <algorithm>
#include <span>

#include "db/format/hash.h"
#include "db/format/json.h"

namespace funcorr {

using nlohmann::json;

std::size_t image_message(const ChatRequest& request) {
  std::size_t found = request.messages.size();
  if (request.image)
    for (std::size_t i = 0; i < request.messages.size(); ++i)
      if (request.messages[i].role == "user") found = i;
  return found;
}

json with_extra_body(json body, const Provider& provider) {
  if (!provider.extra_body.empty()) body.update(json::parse(provider.extra_body), true);
  return body;
}

std::string with_messages(const json& rest, const std::vector<std::string>& messages) {
  std::string text = json_text(rest);
  text.pop_back();  // "}"
  text += ",\"messages\":[";
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (i > 0) text += ',';
    text += messages[i];
  }
  return text + "]}";
}

std::string image_base64(const ChatRequest& request) {
  return base64(std::as_bytes(std::span(request.image->bytes())));
}

std::int64_t most_answer_tokens(const ChatRequest& request, const Provider& provider) {
  std::int64_t most = request.sampling.max_tokens.value_or(0);
  if (!provider.extra_body.empty()) {
    const json extra = json::parse(provider.extra_body);
    for (const char* name : {"max_tokens", "max_completion_tokens"})
      if (extra.contains(name) && extra[name].is_number_integer())
        most = std::max(most, extra[name].get<std::int64_t>());
  }
  return most > 0 ? most : provider.answer_tokens;
}

HttpResult not_run(const std::string& why) {
  HttpResult result;
  result.failure = HttpResult::Failure::kNotRun;
  result.sent = true;
  result.error = why;
  return result;
}

HttpResult refusal(int status, const std::string& code, const std::string& message) {
  HttpResult result;
  result.sent = true;
  result.status = status;
  result.body = json{{"error", {{"code", code}, {"message", message}}}}.dump();
  return result;
}

const Wire& wire_of(WireFormat format) {
  return format == WireFormat::kAnthropic ? anthropic_wire() : openai_wire();
}

}  // namespace funcorr
