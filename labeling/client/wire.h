#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "labeling/client/http_loop.h"
#include "labeling/client/provider.h"
#include "labeling/client/request.h"

namespace funcorr {

// What an API tells of a batch. Paths are below the base URL.
struct BatchStatus {
  bool is_over = false;
  std::string name{};                   // "expired": in the API's words
  std::string answers{}, errors{};      // paths of the lines to fetch; empty: there are none
  std::optional<HttpResult> refusal{};  // why nothing in it was run
};

// One request of a batch, as if it had been answered by itself.
struct BatchAnswer {
  std::string custom_id;
  HttpResult result;
};

// How an API wants chats and batches of them put. An answer's body is handed on as it came.
class Wire {
 public:
  virtual ~Wire() = default;

  virtual const char* chat_path() const = 0;  // below the base URL
  // The body of a request for these samples of it, numbered from 0.
  virtual std::string chat_body(const ChatRequest& request, const std::vector<int>& slots,
                                const Provider& provider) const = 0;
  // Headers of all requests that hold no secret, "Name: value".
  virtual std::vector<std::string> headers() const = 0;

  virtual const char* batches_path() const = 0;
  virtual bool uploads_requests() const = 0;  // as a file, before the batch is created
  virtual bool keeps_token() const = 0;       // a batch bears our token, by which it can be found again
  // One request of a batch, with a line end; `body` is chat_body()'s.
  virtual std::string batch_line(const std::string& custom_id, const std::string& body) const = 0;
  // The body that creates a batch of `lines`, the file of those lines, uploaded as `file_id` where files are.
  virtual std::string batch_creation(const std::filesystem::path& lines, const std::string& file_id,
                                     const std::string& token) const = 0;
  virtual BatchStatus batch_status(const nlohmann::json& batch) const = 0;
  // Of a line of what batch_status() names; without a custom id for a line that is none.
  virtual BatchAnswer batch_answer(const nlohmann::json& line) const = 0;
};

const Wire& openai_wire();
const Wire& anthropic_wire();
const Wire& wire_of(WireFormat format);

// What the wires have in common.

// The index of the message that shows the request's image: the last one of the user; messages.size(): none.
std::size_t image_message(const ChatRequest& request);
// With the provider's extra_body merged into it, objects within objects too.
nlohmann::json with_extra_body(nlohmann::json body, const Provider& provider);
// `rest` with ,"messages":[…] behind its members. Messages come as JSON texts: an image need not be parsed.
std::string with_messages(const nlohmann::json& rest, const std::vector<std::string>& messages);
std::string image_base64(const ChatRequest& request);
// The most tokens of one answer: what is sent, also by extra_body, else the provider's; 0: not known.
std::int64_t most_answer_tokens(const ChatRequest& request, const Provider& provider);
// What a batch tells of requests that it did not run, or that were refused.
HttpResult not_run(const std::string& why);
HttpResult refusal(int status, const std::string& code, const std::string& message);

}  // namespace funcorr
