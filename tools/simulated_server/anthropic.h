#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "tools/simulated_server/batches.h"

namespace funcorr {

// Anthropic's way of saying what chat.h and batches.h say in OpenAI's: the Messages API and its batches.

// The chat request that a message request stands for. Throws RefusedRequest for what the published API does
// not take: no max_tokens, a role "system", n, seed, an image that is no base64 source.
nlohmann::json chat_of_message_request(const nlohmann::json& request);
// {"type": "message", "content": […], "stop_reason", "usage": {"input_tokens", "output_tokens"}}
nlohmann::json message_of_completion(const nlohmann::json& completion);
// {"type": "error", "error": {"type", "message"}}
std::string message_error_body(int status, const std::string& message);

// Message batches, kept as batches of the other kind. They bear no metadata.
class SimulatedMessageBatches {
 public:
  explicit SimulatedMessageBatches(SimulatedBatches& batches) : batches_(batches) {}
  // The API's object "message_batch".
  nlohmann::json create(const nlohmann::json& request, double now);
  nlohmann::json find(const std::string& id, double now);
  // Lines of results, of a batch that has ended.
  std::string results(const std::string& id, double now);

 private:
  static nlohmann::json described(const nlohmann::json& batch);

  SimulatedBatches& batches_;
};

}  // namespace funcorr
