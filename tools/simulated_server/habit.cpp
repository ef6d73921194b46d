#include "tools/simulated_server/habit.h"

#include <cstdint>
#include <mutex>
#include <set>
#include <stdexcept>
#include <utility>

#include <zlib.h>

#include "db/format/json.h"
#include "tools/simulated_server/text_hash.h"

namespace funcorr {
namespace {

using nlohmann::json;

// --- instead of an answer -------------------------------------------------------------------------------

void error(SimulatedReply& reply, int status, json error) {
  reply.status = status;
  reply.body = json_text({{"error", std::move(error)}});
}

bool refuse_as_too_long(const json&, SimulatedReply& reply) {
  error(reply, 400,
        {{"code", "context_length_exceeded"}, {"message", "the prompt is too long"}, {"param", "messages"}});
  return true;
}

// LM Studio's way for a path that it does not know.
bool refuse_by_200(const json&, SimulatedReply& reply) {
  error(reply, 200, "Unexpected endpoint or method. (POST /chat/completions)");
  return true;
}

// A captive portal, or a proxy that wants to be logged in to.
bool send_page(const json&, SimulatedReply& reply) {
  reply.body = "<!doctype html><title>Sign in</title>";
  reply.content_type = "text/html; charset=utf-8";
  return true;
}

// Of one request in four, whatever comes with it.
bool refuse_as_moderated(const json& request, SimulatedReply& reply) {
  if (text_hash(json_text(request.at("messages"))) % 4 != 0) return false;
  error(reply, 403,
        {{"code", 403},
         {"message", "Your chosen model requires moderation and your input was flagged"},
         {"metadata", {{"reasons", {"violence"}}, {"flagged_input", "…"}}}});
  return true;
}

// vLLM's.
bool refuse_model(const json& request, SimulatedReply& reply) {
  const std::string model = request.value("model", "");
  reply.status = 404;
  reply.body = json_text({{"object", "error"},
                          {"message", "The model `" + model + "` does not exist."},
                          {"type", "NotFoundError"},
                          {"param", nullptr},
                          {"code", 404}});
  return true;
}

// llama.cpp's and others': one completion at a time.
bool refuse_several(const json& request, SimulatedReply& reply) {
  if (request.value("n", 1) == 1) return false;
  error(reply, 400,
        {{"code", 400},
         {"message", "Only one completion choice is allowed"},
         {"type", "invalid_request_error"}});
  return true;
}

// FastAPI's, where the base URL lacks its /v1.
bool refuse_path(const json&, SimulatedReply& reply) {
  reply.status = 404;
  reply.body = R"({"detail":"Not Found"})";
  return true;
}

// OpenRouter's, for a model whose own provider refuses: once for each request.
bool refuse_with_number(const json& request, SimulatedReply& reply) {
  static std::mutex mutex;
  static std::set<std::uint64_t> seen;
  const std::lock_guard lock(mutex);
  if (!seen.insert(text_hash(json_text(request))).second) return false;
  error(reply, 200, {{"code", 429}, {"message", "Rate limited upstream"}});
  return true;
}

// --- other answers --------------------------------------------------------------------------------------

// Calls `change` with every choice's message.
template <typename Change>
void change_messages(json& completion, const Change& change) {
  for (json& choice : completion.at("choices")) change(choice.at("message"));
}

constexpr const char* kDraft = "The whole picture would be [[0,0,999,999]], but the part is smaller.";

void think_in_text(const json&, json& completion) {
  change_messages(completion, [](json& message) {
    message["content"] = "<think>" + std::string(kDraft) + "</think>\n\n" + message.value("content", "");
  });
}

// The prompt's template has the opening mark.
void think_unopened(const json&, json& completion) {
  change_messages(completion, [](json& message) {
    message["content"] = std::string(kDraft) + "\n</think>\n" + message.value("content", "");
  });
}

void think_in_parts(const json&, json& completion) {
  change_messages(completion, [](json& message) {
    message["content"] = {{{"type", "thinking"}, {"thinking", {{{"type", "text"}, {"text", kDraft}}}}},
                          {{"type", "text"}, {"text", message.value("content", "")}}};
  });
}

// As many tokens as there may be go into the thought.
void think_only(const json&, json& completion) {
  for (json& choice : completion.at("choices")) {
    choice["message"]["content"] = nullptr;
    choice["message"]["reasoning_content"] = kDraft;
    choice["finish_reason"] = "length";
  }
}

void call_tool(const json&, json& completion) {
  for (json& choice : completion.at("choices")) {
    const json arguments = {{"answer", choice["message"].value("content", "")}};
    choice["message"]["content"] = nullptr;
    choice["message"]["tool_calls"] = {{{"id", "call_1"},
                                        {"type", "function"},
                                        {"function", {{"name", "answer"}, {"arguments", arguments.dump()}}}}};
    choice["finish_reason"] = "tool_calls";
  }
}

void give_one(const json&, json& completion) {
  completion["choices"] = json::array({completion.at("choices").at(0)});
}

// --- how it is sent -------------------------------------------------------------------------------------

// As a stream of chunks though none was asked for: each choice's text in three pieces, usage in the last.
void send_as_events(SimulatedReply& reply) {
  const json completion = json::parse(reply.body);
  std::string events;
  const auto add = [&events](const json& chunk) { events += "data: " + json_text(chunk) + "\n\n"; };
  for (const json& choice : completion.at("choices")) {
    const std::string text = choice.at("message").value("content", json()).is_string()
                                 ? choice["message"]["content"].get<std::string>()
                                 : std::string();
    const std::size_t piece = text.size() / 3 + 1;
    for (std::size_t at = 0; at < text.size(); at += piece)
      add({{"object", "chat.completion.chunk"},
           {"choices",
            {{{"index", choice.at("index")},
              {"delta", {{"content", text.substr(at, piece)}}},
              {"finish_reason", nullptr}}}}});
    add({{"object", "chat.completion.chunk"},
         {"choices",
          {{{"index", choice.at("index")},
            {"delta", json::object()},
            {"finish_reason", choice.at("finish_reason")}}}}});
  }
  add({{"object", "chat.completion.chunk"}, {"choices", json::array()}, {"usage", completion.at("usage")}});
  reply.body = events + "data: [DONE]\n\n";
  reply.content_type = "text/event-stream";
}

void send_gzipped(SimulatedReply& reply) {
  std::string packed(compressBound(reply.body.size()) + 64, '\0');
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib cannot be set up");
  stream.next_in = reinterpret_cast<Bytef*>(reply.body.data());
  stream.avail_in = static_cast<uInt>(reply.body.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  reply.body = std::move(packed);
  reply.headers.emplace_back("Content-Encoding", "gzip");
}

// --- which fields are refused ---------------------------------------------------------------------------

bool refuse_field(const std::string& field, const std::string& message, SimulatedReply& reply) {
  reply.status = 400;
  reply.body = json_text({{"error",
                           {{"message", message},
                            {"type", "invalid_request_error"},
                            {"param", field},
                            {"code", "unsupported_parameter"}}}});
  return true;
}

// As GPT-5, the o-series and Claude from Opus 4.7 on.
bool refuse_sampling(const json& request, SimulatedReply& reply) {
  for (const char* field : {"temperature", "top_p"})
    if (request.contains(field))
      return refuse_field(
          field, "Unsupported parameter: '" + std::string(field) + "' is not supported with this model.",
          reply);
  return false;
}

// As Claude 4.1 to 4.6.
bool refuse_both(const json& request, SimulatedReply& reply) {
  if (!request.contains("temperature") || !request.contains("top_p")) return false;
  return refuse_field(
      "top_p", "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
      reply);
}

// --- what is counted ------------------------------------------------------------------------------------

// Every image as 20,000 tokens.
void count_dear_images(const json& request, json& completion) {
  std::int64_t images = 0;
  for (const json& message : request.at("messages"))
    if (message.at("content").is_array())
      for (const json& part : message["content"]) images += part.value("type", "") == "image_url" ? 1 : 0;
  for (const char* count : {"prompt_tokens", "total_tokens"})
    completion["usage"][count] = completion["usage"].at(count).get<std::int64_t>() + 20'000 * images;
}

void say_gzip(SimulatedReply& reply) { reply.headers.emplace_back("Content-Encoding", "gzip"); }

}  // namespace

const std::vector<Habit>& habits() {
  static const std::vector<Habit> table = {
      {.name = "bad_encoding", .what = "says gzip of answers that are not compressed", .send = say_gzip},
      {.name = "both", .what = "refuses temperature together with top_p", .refuse = refuse_both},
      {.name = "context", .what = "refuses every request as too long", .refuse = refuse_as_too_long},
      {.name = "dear_images",
       .what = "counts 20,000 tokens more for every image",
       .rewrite = count_dear_images},
      {.name = "error_200", .what = "answers an error text with status 200", .refuse = refuse_by_200},
      {.name = "gzip", .what = "compresses answers though nobody asked for it", .send = send_gzipped},
      {.name = "html", .what = "answers a page to log in on", .refuse = send_page},
      {.name = "ignores_n", .what = "gives one answer where several are asked for", .rewrite = give_one},
      {.name = "moderated", .what = "flags a quarter of the requests (403)", .refuse = refuse_as_moderated},
      {.name = "no_model",
       .what = "does not know the model, by a code that is a number",
       .refuse = refuse_model},
      {.name = "no_path", .what = "does not know the path", .refuse = refuse_path},
      {.name = "number_200",
       .what = "answers 200 with the error code 429, once for each request",
       .refuse = refuse_with_number},
      {.name = "one_choice", .what = "refuses requests for several answers", .refuse = refuse_several},
      {.name = "sse", .what = "streams answers though nobody asked for it", .send = send_as_events},
      {.name = "think", .what = "thinks aloud before it answers", .rewrite = think_in_text},
      {.name = "think_only", .what = "thinks until the answer is cut off", .rewrite = think_only},
      {.name = "think_parts",
       .what = "answers in typed parts, the first a thought",
       .rewrite = think_in_parts},
      {.name = "think_unopened",
       .what = "thinks aloud, without the mark that opens a thought",
       .rewrite = think_unopened},
      {.name = "tool_calls", .what = "calls a tool instead of answering", .rewrite = call_tool},
      {.name = "top_p", .what = "refuses temperature and top_p", .refuse = refuse_sampling},
  };
  return table;
}

const Habit& habit(std::string_view name) {
  std::string known;
  for (const Habit& each : habits()) {
    if (each.name == name) return each;
    known += (known.empty() ? "" : ", ") + std::string(each.name);
  }
  throw std::invalid_argument("no habit is called \"" + std::string(name) + "\"; known: " + known);
}

}  // namespace funcorr
