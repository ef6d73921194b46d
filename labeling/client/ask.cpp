#include "labeling/client/ask.h"

#include <bit>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

#include "db/dataset/completion.h"
#include "db/dataset/reply.h"
#include "db/format/hash.h"
#include "db/format/json.h"
#include "labeling/client/json_schema.h"
#include "labeling/client/wire.h"

namespace funcorr {
namespace {

using nlohmann::json;

void require(bool holds, const std::string& what) {
  if (!holds) throw std::invalid_argument(what);
}

std::int64_t size_of(const std::string& text) { return static_cast<std::int64_t>(text.size()); }

// A raw answer that several slots are read from is parsed once.
class ParsedAnswer {
 public:
  const json& of(const std::string& raw) {
    if (parsed_.is_null() || raw != raw_) {
      raw_ = raw;
      parsed_ = read_completion(raw);
    }
    return parsed_;
  }

 private:
  std::string raw_;
  json parsed_;
};

class ChatAsk : public Ask {
 public:
  ChatAsk(ChatRequest request, OnAnswer on_answer)
      : request_(std::move(request)), on_answer_(std::move(on_answer)) {
    require(!request_.messages.empty(), "a chat request has no messages");
    require(request_.n >= 1 && request_.n <= 100'000,
            fmt::format("n is {}; allowed is 1 … 100000", request_.n));
    require(request_.first_sample >= 0, "first_sample is below 0");
    require(request_.sampling.max_tokens.value_or(1) >= 1, "max_tokens is below 1");
    if (request_.schema) check_schema(*request_.schema);
    require(!request_.image || image_message(request_) < request_.messages.size(),
            "a chat request with an image has no message of the user to show it in");
  }

  const std::string& provider() const override { return request_.provider; }
  const std::string& model() const override { return request_.model; }
  const RequestTag& tag() const override { return request_.tag; }
  int slots() const override { return request_.n; }
  int slots_per_call(const Provider& provider) const override {
    return provider.wire_format == WireFormat::kAnthropic ? 1 : provider.max_n;
  }
  const char* path(const Provider& provider) const override {
    return wire_of(provider.wire_format).chat_path();
  }
  const char* list() const override { return "choices"; }

  std::string key(int slot, const Provider& provider) override {
    if (canonical_.empty()) canonical_ = canonical(provider);
    return sha256_hex(canonical_ + "\n" + std::to_string(request_.first_sample + slot), kDigestDigits);
  }

  std::string body(const std::vector<int>& slots, const Provider& provider) override {
    return wire_of(provider.wire_format).chat_body(request_, slots, provider);
  }

  bool is_chat() const override { return true; }
  void forget_image() override {
    if (request_.image) request_.image->forget();
  }

  TokenBound tokens(const std::vector<int>& slots, const Provider& provider) const override {
    std::int64_t bytes = 0;
    for (const ChatMessage& each : request_.messages) bytes += size_of(each.text) + size_of(each.role);
    if (request_.schema && provider.json_schema) bytes += size_of(json_text(*request_.schema));
    const std::int64_t frame = 8 * static_cast<std::int64_t>(request_.messages.size() + 1);
    bytes += size_of(provider.extra_body);
    return {bytes + frame, bytes / 4 + frame, request_.image ? 1 : 0,
            static_cast<std::int64_t>(slots.size()) * most_answer_tokens(request_, provider)};
  }

  void deliver(int slot, const StoredAnswer& stored, bool from_ledger) override {
    Reply reply = read_reply(choice_of(parsed_.of(stored.raw), list(), stored.choice));
    Answer answer;
    answer.sample = request_.first_sample + slot;
    answer.answered = true;
    answer.text = std::move(reply.text);
    answer.refusal = std::move(reply.refusal);
    answer.finish_reason = std::move(reply.finish_reason);
    answer.is_tool_call = reply.is_tool_call;
    if (request_.schema) answer.schema_error = schema_violation_of_text(*request_.schema, answer.text);
    if (stored.choice == 0) {
      answer.tokens_in = stored.tokens_in;
      answer.tokens_out = stored.tokens_out;
      answer.cost = stored.cost;
    }
    answer.from_ledger = from_ledger;
    answer.request_id = stored.request_id;
    on_answer_(answer);
  }

  void fail(int slot, const std::string& kind, const std::string& error, std::int64_t request_id) override {
    Answer answer;
    answer.sample = request_.first_sample + slot;
    answer.error_kind = kind;
    answer.error = error;
    answer.request_id = request_id;
    on_answer_(answer);
  }

 private:
  // All that an answer depends on, whoever gives it; not how a provider wants it spelled. What was paid for
  // is found by it: a field that was not there from the first stands in it only where it is set.
  std::string canonical(const Provider& provider) const {
    const Sampling& sampling = request_.sampling;
    json values = {{"model", request_.model}};
    if (sampling.temperature) values["temperature"] = *sampling.temperature;
    if (sampling.top_p) values["top_p"] = *sampling.top_p;
    if (sampling.max_tokens) values["max_tokens"] = *sampling.max_tokens;
    if (!sampling.stop.empty()) values["stop"] = sampling.stop;
    for (const ChatMessage& each : request_.messages)
      values["messages"].push_back({{"role", each.role}, {"content", each.text}});
    if (sampling.seed >= 0) values["seed"] = sampling.seed;
    if (request_.schema) values["schema"] = *request_.schema;
    if (request_.image)
      values["image"] = {{"digest", request_.image->digest()}, {"detail", provider.image.detail}};
    if (!provider.extra_body.empty()) {
      json extra = json::parse(provider.extra_body);
      if (!extra.empty()) values["extra_body"] = std::move(extra);
    }
    return json_text(values);
  }

  ChatRequest request_;
  OnAnswer on_answer_;
  std::string canonical_;
  ParsedAnswer parsed_;
};

// An embedding: numbers, or base64 of little-endian float32.
std::vector<float> vector_of(const json& embedding) {
  if (embedding.is_array()) return embedding.get<std::vector<float>>();
  static_assert(std::endian::native == std::endian::little);
  const std::vector<std::byte> bytes = from_base64(embedding.get_ref<const std::string&>());
  std::vector<float> vector(bytes.size() / sizeof(float));
  std::memcpy(vector.data(), bytes.data(), vector.size() * sizeof(float));
  return vector;
}

class EmbeddingAsk : public Ask {
 public:
  EmbeddingAsk(EmbeddingRequest request, OnEmbedding on_embedding)
      : request_(std::move(request)), on_embedding_(std::move(on_embedding)) {
    require(!request_.inputs.empty(), "an embedding request has no inputs");
    for (const std::string& input : request_.inputs) require(!input.empty(), "an input to embed is empty");
  }

  const std::string& provider() const override { return request_.provider; }
  const std::string& model() const override { return request_.model; }
  const RequestTag& tag() const override { return request_.tag; }
  int slots() const override { return static_cast<int>(request_.inputs.size()); }
  int slots_per_call(const Provider& provider) const override { return provider.max_inputs; }
  const char* path(const Provider&) const override { return "/embeddings"; }
  const char* list() const override { return "data"; }

  std::string key(int slot, const Provider&) override {
    json values = {{"embed", input(slot)}, {"model", request_.model}};
    if (request_.dimensions) values["dimensions"] = *request_.dimensions;
    return sha256_hex(json_text(values), kDigestDigits);
  }

  std::string body(const std::vector<int>& slots, const Provider&) override {
    json values = {{"model", request_.model}, {"encoding_format", "base64"}};
    if (request_.dimensions) values["dimensions"] = *request_.dimensions;
    for (const int slot : slots) values["input"].push_back(input(slot));
    return json_text(values);
  }

  TokenBound tokens(const std::vector<int>& slots, const Provider&) const override {
    std::int64_t bytes = 0;
    for (const int slot : slots) bytes += size_of(input(slot)) + 2;
    return {bytes, bytes / 4 + 1, 0, 0};
  }

  void deliver(int slot, const StoredAnswer& stored, bool from_ledger) override {
    TextEmbedding answer;
    answer.input = slot;
    answer.request_id = stored.request_id;
    answer.from_ledger = from_ledger;
    try {
      answer.vector = vector_of(choice_of(parsed_.of(stored.raw), list(), stored.choice).at("embedding"));
      answer.answered = !answer.vector.empty();
    } catch (const std::exception& error) {
      answer.error = std::string("the embedding cannot be read: ") + error.what();
    }
    if (!answer.answered) answer.error_kind = "malformed_embedding";
    on_embedding_(answer);
  }

  void fail(int slot, const std::string& kind, const std::string& error, std::int64_t request_id) override {
    TextEmbedding answer;
    answer.input = slot;
    answer.error_kind = kind;
    answer.error = error;
    answer.request_id = request_id;
    on_embedding_(answer);
  }

 private:
  const std::string& input(int slot) const { return request_.inputs[static_cast<std::size_t>(slot)]; }

  EmbeddingRequest request_;
  OnEmbedding on_embedding_;
  ParsedAnswer parsed_;
};

}  // namespace

std::shared_ptr<Ask> make_ask(ChatRequest request, OnAnswer on_answer) {
  return std::make_shared<ChatAsk>(std::move(request), std::move(on_answer));
}

std::shared_ptr<Ask> make_ask(EmbeddingRequest request, OnEmbedding on_embedding) {
  return std::make_shared<EmbeddingAsk>(std::move(request), std::move(on_embedding));
}

}  // namespace funcorr
