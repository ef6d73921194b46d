#include "tools/simulated_server/chat.h"

#include <string_view>

#include "db/format/hash.h"

namespace funcorr {
namespace {

using nlohmann::json;

RefusedRequest invalid(const std::string& message) { return {400, "invalid_request_error", message}; }

std::string decode_data_url(const std::string& url) {
  const std::size_t comma = url.find(";base64,");
  if (!url.starts_with("data:image/") || comma == std::string::npos)
    throw RefusedRequest(400, "invalid_image_url", "only data URLs of base64 images are understood");
  try {
    const std::vector<std::byte> bytes = from_base64(std::string_view(url).substr(comma + 8));
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  } catch (const std::invalid_argument&) {
    throw RefusedRequest(400, "invalid_image_url", "the image is no base64");
  }
}

void read_content(const json& content, std::string& text, std::vector<std::string>& images) {
  if (content.is_string()) {
    text += content.get_ref<const std::string&>();
    return;
  }
  if (!content.is_array()) throw invalid("messages[].content must be a string or an array");
  for (const json& piece : content) {
    const std::string type = piece.value("type", "");
    if (type == "text")
      text += piece.at("text").get_ref<const std::string&>();
    else if (type == "image_url")
      images.push_back(decode_data_url(piece.at("image_url").at("url").get_ref<const std::string&>()));
    else
      throw invalid("messages[].content[].type \"" + type + "\" is not understood");
  }
}

ReceivedChat read_request(const json& body) {
  ReceivedChat request;
  request.model = body.at("model").get<std::string>();
  const json& messages = body.at("messages");
  if (!messages.is_array() || messages.empty()) throw invalid("messages must be an array with an element");
  for (const json& message : messages) {
    const std::string role = message.at("role").get<std::string>();
    std::string text;
    std::vector<std::string> images;
    read_content(message.at("content"), text, images);
    if (role == "system" || role == "developer") request.system += text;
    if (role != "user") continue;
    request.question = text;
    request.images = std::move(images);
  }
  request.n = body.value("n", 1);
  if (request.n < 1 || request.n > 128) throw invalid("n must be 1 to 128");
  request.max_tokens = body.value("max_completion_tokens", body.value("max_tokens", std::int64_t{0}));
  if (const auto format = body.find("response_format"); format != body.end())
    request.schema_name = format->value("json_schema", json::object()).value("name", "");
  return request;
}

}  // namespace

ReceivedChat parse_chat(const std::string& body) {
  const json parsed = json::parse(body, nullptr, false);
  if (!parsed.is_object()) throw invalid("the body is no JSON object");
  try {
    return read_request(parsed);
  } catch (const json::exception& error) {
    throw invalid(error.what());
  }
}

std::string error_body(int status, const std::string& code, const std::string& message) {
  const char* type = status == 429   ? "rate_limit_error"
                     : status >= 500 ? "server_error"
                                     : "invalid_request_error";
  return json{{"error", {{"message", message}, {"type", type}, {"param", nullptr}, {"code", code}}}}.dump();
}

std::int64_t count_tokens(std::string_view text) { return static_cast<std::int64_t>((text.size() + 3) / 4); }

nlohmann::json chat_completion(const std::string& id, const std::string& model,
                               const std::vector<ChatAnswer>& answers, std::int64_t prompt_tokens,
                               std::int64_t completion_tokens) {
  json choices = json::array();
  for (const ChatAnswer& answer : answers)
    choices.push_back({{"index", choices.size()},
                       {"message", {{"role", "assistant"}, {"content", answer.text}, {"refusal", nullptr}}},
                       {"logprobs", nullptr},
                       {"finish_reason", answer.finish_reason}});
  return {{"id", id},
          {"object", "chat.completion"},
          {"created", 0},
          {"model", model},
          {"choices", std::move(choices)},
          {"usage",
           {{"prompt_tokens", prompt_tokens},
            {"completion_tokens", completion_tokens},
            {"total_tokens", prompt_tokens + completion_tokens}}}};
}

}  // namespace funcorr
