#include "tools/simulated_server/anthropic.h"

#include <sstream>

#include "db/format/json.h"
#include "tools/simulated_server/chat.h"

namespace funcorr {
namespace {

using nlohmann::json;

RefusedRequest invalid(const std::string& message) { return {400, "invalid_request_error", message}; }

const char* type_of(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    default:
      return status >= 500 ? "api_error" : "invalid_request_error";
  }
}

json content_of(const json& content) {
  if (content.is_string()) return content;
  json parts = json::array();
  for (const json& block : content) {
    const std::string type = block.value("type", "");
    if (type == "text") {
      parts.push_back(block);
    } else if (type == "image") {
      const json& source = block.at("source");
      if (source.value("type", "") != "base64") throw invalid("only base64 sources are understood");
      parts.push_back({{"type", "image_url"},
                       {"image_url",
                        {{"url", "data:" + source.at("media_type").get<std::string>() + ";base64," +
                                     source.at("data").get<std::string>()}}}});
    } else {
      throw invalid("messages: content of type \"" + type + "\" is not understood");
    }
  }
  return parts;
}

json chat_of(const json& request) {
  for (const char* unknown : {"n", "seed", "max_completion_tokens", "response_format", "stop"})
    if (request.contains(unknown)) throw invalid(std::string(unknown) + ": Extra inputs are not permitted");
  if (!request.contains("max_tokens")) throw invalid("max_tokens: Field required");
  json chat = {{"model", request.at("model")}, {"max_tokens", request["max_tokens"]}};
  for (const char* same : {"temperature", "top_p"})
    if (request.contains(same)) chat[same] = request[same];
  if (request.contains("system"))
    chat["messages"].push_back({{"role", "system"}, {"content", request["system"]}});
  for (const json& message : request.at("messages")) {
    const std::string role = message.at("role").get<std::string>();
    if (role != "user" && role != "assistant") throw invalid("messages: Unexpected role \"" + role + "\"");
    chat["messages"].push_back({{"role", role}, {"content", content_of(message.at("content"))}});
  }
  return chat;
}

}  // namespace

json chat_of_message_request(const json& request) {
  if (!request.is_object()) throw invalid("the body is no JSON object");
  try {
    return chat_of(request);
  } catch (const json::exception& error) {
    throw invalid(error.what());
  }
}

json message_of_completion(const json& completion) {
  const json& choice = completion.at("choices").at(0);
  const bool is_cut = choice.at("finish_reason") == "length";
  return {{"id", completion.at("id")},
          {"type", "message"},
          {"role", "assistant"},
          {"model", completion.at("model")},
          {"content", {{{"type", "text"}, {"text", choice.at("message").at("content")}}}},
          {"stop_reason", is_cut ? "max_tokens" : "end_turn"},
          {"stop_sequence", nullptr},
          {"usage",
           {{"input_tokens", completion.at("usage").at("prompt_tokens")},
            {"output_tokens", completion["usage"].at("completion_tokens")}}}};
}

std::string message_error_body(int status, const std::string& message) {
  return json{{"type", "error"}, {"error", {{"type", type_of(status)}, {"message", message}}}}.dump();
}

json SimulatedMessageBatches::create(const json& request, double now) {
  std::string lines;
  if (!request.is_object() || !request.contains("requests")) throw invalid("requests: Field required");
  for (const json& each : request["requests"])
    lines += json_text({{"custom_id", each.value("custom_id", "")},
                        {"method", "POST"},
                        {"url", "/v1/chat/completions"},
                        {"body", chat_of_message_request(each.value("params", json()))}}) +
             "\n";
  const json file = batches_.store_file(lines, "requests.jsonl", "batch", now);
  return described(batches_.create(
      {{"input_file_id", file.at("id")}, {"endpoint", "/v1/chat/completions"}, {"completion_window", "24h"}},
      now));
}

json SimulatedMessageBatches::find(const std::string& id, double now) {
  return described(batches_.find(id, now));
}

json SimulatedMessageBatches::described(const json& batch) {
  const std::string status = batch.at("status"), id = batch.at("id");
  const bool has_ended = status == "completed" || status == "expired" || status == "cancelled";
  return {{"id", id},
          {"type", "message_batch"},
          {"processing_status", has_ended ? "ended" : "in_progress"},
          {"results_url", has_ended ? json("http://elsewhere.invalid/" + id) : json()}};
}

std::string SimulatedMessageBatches::results(const std::string& id, double now) {
  const json batch = batches_.find(id, now);
  std::string lines;
  for (const char* file : {"output_file_id", "error_file_id"}) {
    if (!batch.contains(file)) continue;
    std::istringstream stream(batches_.content(batch[file]));
    for (std::string line; std::getline(stream, line);) {
      const json answer = json::parse(line);
      json result;
      if (answer["response"].is_null())
        result = {{"type", answer["error"]["code"] == "batch_expired" ? "expired" : "canceled"}};
      else if (answer["response"]["status_code"] == 200)
        result = {{"type", "succeeded"}, {"message", message_of_completion(answer["response"]["body"])}};
      else
        result = {{"type", "errored"},
                  {"error", json::parse(message_error_body(answer["response"]["status_code"],
                                                           answer["response"]["body"]["error"]["message"]))}};
      lines += json_text({{"custom_id", answer["custom_id"]}, {"result", std::move(result)}}) + "\n";
    }
  }
  return lines;
}

}  // namespace funcorr
