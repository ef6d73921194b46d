#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace funcorr {

// A request that an OpenAI-compatible server refuses, in its words.
struct RefusedRequest : std::runtime_error {
  RefusedRequest(int http_status, std::string error_code, const std::string& message)
      : std::runtime_error(message), status(http_status), code(std::move(error_code)) {}
  int status;
  std::string code;  // error.code
};

// What a model needs of a chat request's body.
struct ReceivedChat {
  std::string model;
  std::string system, question;     // of the messages' text: all system ones, and the last user one
  std::vector<std::string> images;  // decoded bytes of the last user message's data URLs
  std::string schema_name;          // response_format.json_schema.name; empty where there is none
  int n = 1;
  std::int64_t max_tokens = 0;  // 0: no limit
};
// Throws RefusedRequest for what the published schema does not allow.
ReceivedChat parse_chat(const std::string& body);

// {"error": {"message", "type", "param", "code"}}
std::string error_body(int status, const std::string& code, const std::string& message);

struct ChatAnswer {
  std::string text, finish_reason = "stop";
};
// About four letters a token, as for English.
std::int64_t count_tokens(std::string_view text);
nlohmann::json chat_completion(const std::string& id, const std::string& model,
                               const std::vector<ChatAnswer>& answers, std::int64_t prompt_tokens,
                               std::int64_t completion_tokens);

}  // namespace funcorr
