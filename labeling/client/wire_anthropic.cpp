// Anthropic's Messages API and its message batches: https://platform.claude.com/docs/en/api/messages and
// …/api/creating-message-batches. There is no n and no seed: a request for several samples is not made.
#include <fstream>
#include <stdexcept>

#include "db/format/json.h"
#include "labeling/client/wire.h"

namespace funcorr {
namespace {

using nlohmann::json;

constexpr std::int64_t kFallbackTokens = 4096;  // the API wants a limit, and we know none

// https://platform.claude.com/docs/en/api/errors
int status_of(const std::string& type) {
  static const std::map<std::string, int> kStatus{
      {"invalid_request_error", 400}, {"authentication_error", 401}, {"billing_error", 402},
      {"permission_error", 403},      {"not_found_error", 404},      {"request_too_large", 413},
      {"rate_limit_error", 429},      {"overloaded_error", 529}};
  const auto found = kStatus.find(type);
  return found == kStatus.end() ? 500 : found->second;
}

class AnthropicWire : public Wire {
 public:
  const char* chat_path() const override { return "/messages"; }

  std::string chat_body(const ChatRequest& request, const std::vector<int>&,
                        const Provider& provider) const override {
    const Sampling& sampling = request.sampling;
    const std::int64_t most = most_answer_tokens(request, provider);
    json rest = {{"model", request.model}, {"max_tokens", most > 0 ? most : kFallbackTokens}};
    if (sampling.temperature) rest["temperature"] = *sampling.temperature;
    if (sampling.top_p) rest["top_p"] = *sampling.top_p;
    if (!sampling.stop.empty()) rest["stop_sequences"] = sampling.stop;
    if (request.schema && provider.json_schema)
      rest["output_config"] = {{"format", {{"type", "json_schema"}, {"schema", *request.schema}}}};
    std::string system;
    std::vector<std::string> messages;
    const std::size_t with_image = image_message(request);
    for (std::size_t i = 0; i < request.messages.size(); ++i) {
      const ChatMessage& each = request.messages[i];
      if (each.role == "system")
        system += (system.empty() ? "" : "\n\n") + each.text;
      else
        messages.push_back(i == with_image ? shown(request, each)
                                           : json_text({{"role", each.role}, {"content", each.text}}));
    }
    if (!system.empty()) rest["system"] = system;
    return with_messages(with_extra_body(std::move(rest), provider), messages);
  }

  std::vector<std::string> headers() const override { return {"anthropic-version: 2023-06-01"}; }

  const char* batches_path() const override { return "/messages/batches"; }
  bool uploads_requests() const override { return false; }
  bool keeps_token() const override { return false; }

  std::string batch_line(const std::string& custom_id, const std::string& body) const override {
    return "{\"custom_id\":" + json_text(custom_id) + ",\"params\":" + body + "}\n";
  }

  std::string batch_creation(const std::filesystem::path& lines, const std::string&,
                             const std::string&) const override {
    std::ifstream file(lines, std::ios::binary);
    std::string body = "{\"requests\":[";
    const std::size_t start = body.size();
    for (std::string line; std::getline(file, line);) {
      if (body.size() > start) body += ',';
      body += line;
    }
    if (!file.eof()) throw std::runtime_error("cannot read " + lines.string());
    return body + "]}";
  }

  BatchStatus batch_status(const json& batch) const override {
    BatchStatus status;
    status.name = text_member(batch, "processing_status");
    status.is_over = status.name == "ended";
    // Not its results_url: the key goes to the server that the user named, and to no other.
    if (status.is_over) status.answers = "/messages/batches/" + text_member(batch, "id") + "/results";
    return status;
  }

  // {"custom_id", "result": {"type", "message" or "error": {"type": "error", "error": {"type", "message"}}}}
  BatchAnswer batch_answer(const json& line) const override {
    BatchAnswer answer{text_member(line, "custom_id"), {}};
    if (answer.custom_id.empty()) return answer;
    const json result = line.value("result", json());
    const std::string type = text_member(result, "type");
    if (type == "succeeded") {
      answer.result.sent = true;
      answer.result.status = 200;
      answer.result.body = json_text(result.value("message", json()));
      answer.result.headers["content-type"] = "application/json";
    } else if (type == "expired" || type == "canceled") {
      answer.result = not_run("the batch ended before it ran");
    } else {
      const json outer = result.is_object() ? result.value("error", json()) : json();
      const json inner = outer.is_object() && outer.contains("error") ? outer["error"] : outer;
      const std::string code = text_member(inner, "type");
      answer.result = refusal(status_of(code), code, text_member(inner, "message"));
    }
    return answer;
  }

 private:
  static std::string shown(const ChatRequest& request, const ChatMessage& message) {
    std::string text =
        "{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":";
    text.append(json_text(request.image->mime_type())).append(",\"data\":\"").append(image_base64(request));
    text.append("\"}},{\"type\":\"text\",\"text\":").append(json_text(message.text));
    return text.append("}]}");
  }
};

}  // namespace

const Wire& anthropic_wire() {
  static const AnthropicWire wire;
  return wire;
}

}  // namespace funcorr
