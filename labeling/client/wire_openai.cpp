// Chat completions, and the Batch API with its files: https://platform.openai.com/docs/api-reference
#include "db/format/json.h"
#include "labeling/client/wire.h"

namespace funcorr {
namespace {

using nlohmann::json;

constexpr const char* kChats = "/chat/completions";

std::string file_path(const std::string& id) { return id.empty() ? "" : "/files/" + id + "/content"; }

class OpenAiWire : public Wire {
 public:
  const char* chat_path() const override { return kChats; }

  std::string chat_body(const ChatRequest& request, const std::vector<int>& slots,
                        const Provider& provider) const override {
    const Sampling& sampling = request.sampling;
    json rest = {{"model", request.model}};
    if (sampling.temperature) rest["temperature"] = *sampling.temperature;
    if (sampling.top_p) rest["top_p"] = *sampling.top_p;
    if (sampling.max_tokens) rest[provider.max_tokens_field] = *sampling.max_tokens;
    if (!sampling.stop.empty()) rest["stop"] = sampling.stop;
    if (slots.size() > 1) rest["n"] = slots.size();
    // Another seed for every call of a request that is split, or its answers would be the same.
    if (sampling.seed >= 0) rest["seed"] = sampling.seed + request.first_sample + slots.front();
    if (request.schema && provider.json_schema)
      rest["response_format"] = {
          {"type", "json_schema"},
          {"json_schema", {{"name", request.schema_name}, {"strict", true}, {"schema", *request.schema}}}};
    std::vector<std::string> messages;
    const std::size_t with_image = image_message(request);
    for (std::size_t i = 0; i < request.messages.size(); ++i)
      messages.push_back(i == with_image ? shown(request, i, provider) : plain(request.messages[i]));
    return with_messages(with_extra_body(std::move(rest), provider), messages);
  }

  std::vector<std::string> headers() const override { return {}; }

  const char* batches_path() const override { return "/batches"; }
  bool uploads_requests() const override { return true; }
  bool keeps_token() const override { return true; }

  std::string batch_line(const std::string& custom_id, const std::string& body) const override {
    std::string line = "{\"custom_id\":" + json_text(custom_id);
    line.append(",\"method\":\"POST\",\"url\":\"/v1").append(kChats).append("\",\"body\":");
    return line.append(body).append("}\n");
  }

  std::string batch_creation(const std::filesystem::path&, const std::string& file_id,
                             const std::string& token) const override {
    return json{{"input_file_id", file_id},
                {"endpoint", std::string("/v1") + kChats},
                {"completion_window", "24h"},
                {"metadata", {{"funcorr", token}}}}
        .dump();
  }

  BatchStatus batch_status(const json& batch) const override {
    BatchStatus status;
    status.name = text_member(batch, "status");
    status.is_over = status.name == "completed" || status.name == "expired" || status.name == "cancelled" ||
                     status.name == "failed";
    status.answers = file_path(text_member(batch, "output_file_id"));
    status.errors = file_path(text_member(batch, "error_file_id"));
    if (status.name == "failed") {
      const json errors = batch.value("errors", json());
      const json list = errors.is_object() ? errors.value("data", json::array()) : json::array();
      const json first = list.empty() ? json::object() : list.front();
      const std::string code =
          text_member(first, "code").empty() ? "batch_failed" : text_member(first, "code");
      status.refusal =
          refusal(code == "token_limit_exceeded" ? 429 : 400, code, text_member(first, "message"));
    }
    return status;
  }

  // {"custom_id", "response": {"status_code", "body"}, "error": {"code", "message"}}
  BatchAnswer batch_answer(const json& line) const override {
    BatchAnswer answer{text_member(line, "custom_id"), {}};
    if (answer.custom_id.empty()) return answer;
    HttpResult& result = answer.result;
    const json response = line.value("response", json());
    const json error = line.value("error", json());
    const std::string code = text_member(error, "code");
    if (response.is_object()) {
      const json status = response.value("status_code", json());
      result.sent = true;
      result.status = status.is_number_integer() ? status.get<int>() : 200;
      result.body = json_text(response.value("body", json()));
      result.headers["content-type"] = "application/json";
    } else if (code == "batch_expired" || code == "batch_cancelled") {
      result = not_run("the batch ended before it ran");
    } else {
      result = refusal(500, code, text_member(error, "message"));
    }
    return answer;
  }

 private:
  static std::string plain(const ChatMessage& message) {
    return json_text({{"role", message.role}, {"content", message.text}});
  }
  static std::string shown(const ChatRequest& request, std::size_t index, const Provider& provider) {
    std::string text = "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{";
    if (!provider.image.detail.empty())
      text.append("\"detail\":").append(json_text(provider.image.detail)).append(",");
    text.append("\"url\":\"data:").append(request.image->mime_type()).append(";base64,");
    text.append(image_base64(request)).append("\"}},{\"type\":\"text\",\"text\":");
    return text.append(json_text(request.messages[index].text)).append("}]}");
  }
};

}  // namespace

const Wire& openai_wire() {
  static const OpenAiWire wire;
  return wire;
}

}  // namespace funcorr
