#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/record/ledger.h"
#include "db/format/image.h"
#include "db/format/options.h"

namespace funcorr {

// Of SHA-256: what requests and images are known by.
constexpr int kDigestDigits = 32;

// An image that requests share: its bytes are made when the first of them is about to be sent, once, and live
// as long as a request that shows it or until they are forgotten. Not thread-safe.
class RequestImage {
 public:
  using Encode = std::function<std::vector<std::uint8_t>()>;
  // `encode` may throw: the requests that show the image then fail with its text (kind "image").
  RequestImage(std::string mime_type, Encode encode);
  // An RGB image as JPEG, for example of pad_to_square(composite_on_white(…)). `load` runs when it is needed.
  static std::shared_ptr<RequestImage> jpeg(std::function<Image8()> load, int quality = 85);

  const std::string& mime_type() const { return mime_type_; }
  const std::vector<std::uint8_t>& bytes();
  const std::string& digest();    // of bytes()
  void forget() { bytes_ = {}; }  // they are made again when they are needed again

 private:
  std::string mime_type_;
  Encode encode_;
  std::vector<std::uint8_t> bytes_;
  std::string digest_;
};

// Without a value: not sent, the server decides.
struct Sampling {
  std::optional<double> temperature = 0.9;
  std::optional<double> top_p = 0.95;
  std::optional<int> max_tokens = 512;  // of one answer; with the prices it bounds what an answer can cost
  std::int64_t seed = 0;                // of sample 0, one more for each that follows; −1: none is sent
  std::vector<std::string> stop{};

  static const OptionList<Sampling>& options();
};

struct ChatMessage {
  std::string role;  // "system", "user", "assistant"
  std::string text;
};

// n answers to one conversation: the samples first_sample … first_sample + n − 1. Each sample has a key, the
// hash of messages, image, model, sampling parameters, schema and sample index; a sample that was answered
// before, under whatever tag, is served from the ledger and not bought again. To ask anew, ask for further
// samples.
struct ChatRequest {
  std::string provider{}, model{};
  std::vector<ChatMessage> messages{};
  std::shared_ptr<RequestImage> image{};  // shown before the text of the last user message
  Sampling sampling{};
  int first_sample = 0, n = 1;
  // A JSON schema that answers are to satisfy: sent to providers that can enforce it, and checked by us in
  // any case (Answer::schema_error).
  std::optional<nlohmann::json> schema{};
  std::string schema_name = "answer";  // [A-Za-z0-9_-], at most 64
  RequestTag tag{};
};

// What became of one sample. Exactly one per sample, unless the run was stopped before.
struct Answer {
  int sample = 0;
  bool answered = false;
  // Answered:
  std::string text{};           // without thoughts
  std::string finish_reason{};  // "stop", "length", "content_filter"; a cut-off answer is an answer
  std::string refusal{};        // the model's words for not answering
  bool is_tool_call = false;    // it calls a tool; the text is the JSON of its arguments
  std::string
      schema_error;  // where the text breaks the request's schema; empty: it does not, or none was given
  std::int64_t tokens_in = 0, tokens_out = 0;  // of the whole call, told with its first sample; 0 with others
  double cost = 0;                             // likewise
  bool from_ledger = false;                    // bought earlier
  // Not answered:
  std::string error_kind{};  // short stable word: "timeout", "context_length_exceeded", "in_doubt" …
  std::string error{};       // one line for people

  std::int64_t request_id = 0;  // row of the ledger that holds the raw answer; 0 where nothing was sent
};
using OnAnswer = std::function<void(const Answer&)>;

// Vectors for texts. Keys are per text, so that another grouping finds them again.
struct EmbeddingRequest {
  std::string provider{}, model{};
  std::vector<std::string> inputs{};  // not empty, and none of them empty
  std::optional<int> dimensions{};
  RequestTag tag{};
};

struct TextEmbedding {
  int input = 0;  // index into EmbeddingRequest::inputs
  bool answered = false;
  std::vector<float> vector{};
  std::string error_kind{}, error{};
  std::int64_t request_id = 0;
  bool from_ledger = false;
};
using OnEmbedding = std::function<void(const TextEmbedding&)>;

}  // namespace funcorr
