#include "tools/simulated_server/habit.h"

#include <stdexcept>
#include <utility>

#include <zlib.h>

#include "db/format/json.h"

namespace funcorr {
namespace {

using nlohmann::json;

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

}  // namespace

const std::vector<Habit>& habits() {
  static const std::vector<Habit> table = {
      {"both", "refuses temperature together with top_p", refuse_both, nullptr, nullptr},
      {"dear_images", "counts 20,000 tokens more for every image", nullptr, count_dear_images, nullptr},
      {"gzip", "compresses answers though nobody asked for it", nullptr, nullptr, send_gzipped},
      {"sse", "streams answers though nobody asked for it", nullptr, nullptr, send_as_events},
      {"top_p", "refuses temperature and top_p", refuse_sampling, nullptr, nullptr},
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
