#include "tools/simulated_server/server.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <httplib.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include "db/format/hash.h"
#include "db/format/json.h"
#include "pipeline/data_file.h"
#include "tools/simulated_server/anthropic.h"
#include "tools/simulated_server/batches.h"
#include "tools/simulated_server/billing_counter.h"
#include "tools/simulated_server/chat.h"
#include "tools/simulated_server/embedding.h"
#include "tools/simulated_server/habit.h"
#include "tools/simulated_server/language.h"
#include "tools/simulated_server/text_hash.h"
#include "tools/simulated_server/truth.h"
#include "tools/simulated_server/vision.h"

namespace funcorr {
namespace {

using nlohmann::json;

constexpr std::size_t kMostPayloadBytes = std::size_t{256} << 20;
constexpr std::int64_t kTokensPerImage = 700;
constexpr auto kStallStep = std::chrono::milliseconds(20);

void sleep_seconds(double seconds) {
  if (seconds > 0) std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

enum class Fault { kNone, kTooManyRequests, kServerError, kHang, kDrop };

// At most one; every kind has its own share of all requests.
Fault draw_fault(const Faults& faults, Random& random) {
  double left = random.uniform();
  const std::pair<double, Fault> shares[] = {{faults.too_many_requests, Fault::kTooManyRequests},
                                             {faults.server_error, Fault::kServerError},
                                             {faults.hang, Fault::kHang},
                                             {faults.drop, Fault::kDrop}};
  for (const auto& [share, fault] : shares) {
    left -= share;
    if (left < 0) return fault;
  }
  return Fault::kNone;
}

double draw_latency(const Faults& faults, Random& random) {
  return faults.latency_seconds * (1 + faults.latency_spread * (2 * random.uniform() - 1));
}

void refuse(httplib::Response& response, int status, const std::string& code, const std::string& message) {
  response.status = status;
  response.set_content(error_body(status, code, message), kJson);
}

void send(const SimulatedReply& reply, httplib::Response& response) {
  response.status = reply.status;
  for (const auto& [name, value] : reply.headers) response.set_header(name, value);
  response.set_content(reply.body, reply.content_type);
}

// Half of the body, then the connection is closed.
void send_cut_off(httplib::Response& response, std::string body) {
  const std::size_t size = body.size();
  response.set_content_provider(
      size, kJson, [body = std::move(body), size](std::size_t at, std::size_t, httplib::DataSink& sink) {
        if (at >= size / 2) return false;
        return sink.write(body.data() + at, size / 2 - at);
      });
}

}  // namespace

struct SimulatedServer::Impl {
  explicit Impl(SimulatedServerOptions given)
      : options(std::move(given)),
        truth(options.workspace),
        vision(truth, options.noise, options.box_format, options.seed),
        language(data_file("prompt"), read_taxonomy(data_file("taxonomy/taxonomy.json")), options.noise),
        batches(options.batches, [this](const json& body) { return answer_in_batch(body); }) {
    for (const std::string& name : options.habits) habits_in_use.push_back(&habit(name));
  }

  using Handler = void (Impl::*)(const httplib::Request&, httplib::Response&);
  void add_routes();
  void add_batch_routes();
  httplib::Server::Handler checked(Handler handle);
  void chat(const httplib::Request& request, httplib::Response& response);
  void embeddings(const httplib::Request& request, httplib::Response& response);
  void take_file(const httplib::Request& request, httplib::Response& response);
  void give_file(const httplib::Request& request, httplib::Response& response);
  void create_batch(const httplib::Request& request, httplib::Response& response);
  void show_batch(const httplib::Request& request, httplib::Response& response);
  void list_batches(const httplib::Request& request, httplib::Response& response);
  void cancel_batch(const httplib::Request& request, httplib::Response& response);
  void message(const httplib::Request& request, httplib::Response& response);
  void create_message_batch(const httplib::Request& request, httplib::Response& response);
  void show_message_batch(const httplib::Request& request, httplib::Response& response);
  void give_message_results(const httplib::Request& request, httplib::Response& response);
  json answer_in_batch(const json& body);
  void check_model(const ReceivedChat& chat) const;
  // A completion, written and billed.
  json complete(const ReceivedChat& chat, std::uint64_t body, int occurrence);
  void models(httplib::Response& response) const;
  json billing() const;
  bool authorized(const httplib::Request& request, httplib::Response& response) const;
  ChatAnswer answer(const ReceivedChat& request, Random random);
  // Headers, then silence until the client gives up, hang_seconds are over or the server stops.
  void send_and_hang(httplib::Response& response, std::size_t size);

  SimulatedServerOptions options;
  WorkspaceTruth truth;
  SimulatedVision vision;
  SimulatedLanguage language;
  BillingCounter counter;
  SimulatedBatches batches;
  SimulatedMessageBatches message_batches{batches};
  std::vector<const Habit*> habits_in_use;
  std::atomic<bool> stopping = false;
  httplib::Server http;
};

void SimulatedServer::Impl::add_routes() {
  http.new_task_queue = [threads = options.threads] {
    return new httplib::ThreadPool(static_cast<std::size_t>(threads));
  };
  http.set_tcp_nodelay(true);
  // Not the library's SO_REUSEPORT, with which two servers would share a port unnoticed.
  http.set_socket_options([](socket_t socket) {
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  http.set_keep_alive_max_count(1'000'000'000);
  http.set_keep_alive_timeout(30);
  http.set_payload_max_length(kMostPayloadBytes);
  http.Get("/health", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(R"({"status":"ok"})", kJson);
  });
  http.Get("/billing", [this](const httplib::Request&, httplib::Response& response) {
    response.set_content(billing().dump(), kJson);
  });
  http.Get("/v1/models", [this](const httplib::Request&, httplib::Response& response) { models(response); });
  http.Post("/v1/chat/completions", checked(&Impl::chat));
  http.Post("/v1/embeddings", checked(&Impl::embeddings));
  http.Post("/v1/messages", checked(&Impl::message));
  add_batch_routes();
}

void SimulatedServer::Impl::add_batch_routes() {
  http.Post("/v1/messages/batches", checked(&Impl::create_message_batch));
  http.Get("/v1/messages/batches/([^/]+)", checked(&Impl::show_message_batch));
  http.Get("/v1/messages/batches/([^/]+)/results", checked(&Impl::give_message_results));
  http.Post("/v1/files", checked(&Impl::take_file));
  http.Get("/v1/files/([^/]+)/content", checked(&Impl::give_file));
  http.Post("/v1/batches", checked(&Impl::create_batch));
  http.Get("/v1/batches", checked(&Impl::list_batches));
  http.Get("/v1/batches/([^/]+)", checked(&Impl::show_batch));
  http.Post("/v1/batches/([^/]+)/cancel", checked(&Impl::cancel_batch));
}

httplib::Server::Handler SimulatedServer::Impl::checked(Handler handle) {
  return [this, handle](const httplib::Request& request, httplib::Response& response) {
    if (!authorized(request, response)) return;
    try {
      (this->*handle)(request, response);
    } catch (const RefusedRequest& refused) {
      refuse(response, refused.status, refused.code, refused.what());
    } catch (const std::exception& error) {
      refuse(response, 500, "internal_error", error.what());
    }
  };
}

bool SimulatedServer::Impl::authorized(const httplib::Request& request, httplib::Response& response) const {
  if (options.api_key.empty() || request.get_header_value("Authorization") == "Bearer " + options.api_key)
    return true;
  for (const char* header : {"x-api-key", "api-key"})
    if (request.get_header_value(header) == options.api_key) return true;
  refuse(response, 401, "invalid_api_key", "the API key is missing or wrong");
  return false;
}

void SimulatedServer::Impl::check_model(const ReceivedChat& chat) const {
  if (chat.model != options.model)
    throw RefusedRequest(404, "model_not_found", "the model \"" + chat.model + "\" does not exist");
}

void SimulatedServer::Impl::chat(const httplib::Request& request, httplib::Response& response) {
  const ReceivedChat chat = parse_chat(request.body);
  check_model(chat);
  const std::uint64_t body = text_hash(request.body) ^ mix64(options.seed);
  const int occurrence = counter.arrived(body);
  Random chance(mix64(body) + static_cast<std::uint64_t>(occurrence));
  const Fault fault = draw_fault(options.faults, chance);
  sleep_seconds(draw_latency(options.faults, chance));
  if (fault == Fault::kTooManyRequests) {
    counter.fault("429");
    response.set_header("Retry-After", fmt::format("{}", options.faults.retry_after_seconds));
    return refuse(response, 429, "rate_limit_exceeded", "too many requests; try again later");
  }
  if (fault == Fault::kServerError) {
    counter.fault("500");
    return refuse(response, 500, "server_error", "the server had an error");
  }
  const json parsed = habits_in_use.empty() ? json() : json::parse(request.body);
  SimulatedReply reply;
  for (const Habit* habit : habits_in_use)
    if (habit->refuse != nullptr && habit->refuse(parsed, reply)) return send(reply, response);
  json completion = complete(chat, body, occurrence);
  for (const Habit* habit : habits_in_use)
    if (habit->rewrite != nullptr) habit->rewrite(parsed, completion);
  reply.body = json_text(completion);
  if (fault == Fault::kHang) {
    counter.fault("hang");
    return send_and_hang(response, reply.body.size());
  }
  if (fault == Fault::kDrop) {
    counter.fault("drop");
    return send_cut_off(response, std::move(reply.body));
  }
  for (const Habit* habit : habits_in_use)
    if (habit->send != nullptr) habit->send(reply);
  send(reply, response);
}

// As a chat, in other words.
void SimulatedServer::Impl::message(const httplib::Request& request, httplib::Response& response) {
  try {
    if (!request.has_header("anthropic-version"))
      throw RefusedRequest(400, "invalid_request_error", "anthropic-version: header is required");
    httplib::Request as_chat = request;
    as_chat.body = json_text(chat_of_message_request(json::parse(request.body, nullptr, false)));
    chat(as_chat, response);
  } catch (const RefusedRequest& refused) {
    refuse(response, refused.status, refused.code, refused.what());
  }
  if (response.body.empty()) return;  // it hangs, or is cut off
  const json body = json::parse(response.body, nullptr, false);
  if (body.is_object() && body.contains("error"))
    response.body = message_error_body(response.status, body["error"]["message"]);
  else if (body.is_object())
    response.body = json_text(message_of_completion(body));
}

void SimulatedServer::Impl::create_message_batch(const httplib::Request& request,
                                                 httplib::Response& response) {
  const json batch = message_batches.create(json::parse(request.body, nullptr, false), unix_time());
  counter.batch_created();
  response.set_content(json_text(batch), kJson);
}

void SimulatedServer::Impl::show_message_batch(const httplib::Request& request, httplib::Response& response) {
  response.set_content(json_text(message_batches.find(request.matches[1].str(), unix_time())), kJson);
}

void SimulatedServer::Impl::give_message_results(const httplib::Request& request,
                                                 httplib::Response& response) {
  response.set_content(message_batches.results(request.matches[1].str(), unix_time()), "application/x-jsonl");
}

json SimulatedServer::Impl::answer_in_batch(const json& request) {
  const std::string text = json_text(request);
  const ReceivedChat chat = parse_chat(text);
  check_model(chat);
  const std::uint64_t body = text_hash(text) ^ mix64(options.seed);
  const int occurrence = counter.arrived(body);
  Random chance(mix64(body) + static_cast<std::uint64_t>(occurrence));
  if (draw_fault(options.faults, chance) == Fault::kServerError) {
    counter.fault("500");
    throw RefusedRequest(500, "server_error", "the server had an error");
  }
  return complete(chat, body, occurrence);
}

json SimulatedServer::Impl::complete(const ReceivedChat& chat, std::uint64_t body, int occurrence) {
  std::vector<ChatAnswer> answers;
  const std::int64_t prompt_tokens = count_tokens(chat.system) + count_tokens(chat.question) +
                                     kTokensPerImage * static_cast<std::int64_t>(chat.images.size());
  std::int64_t completion_tokens = 0;
  for (int choice = 0; choice < chat.n; ++choice) {
    answers.push_back(answer(chat, Random(mix64(body ^ mix64(static_cast<std::uint64_t>(choice))))));
    completion_tokens += count_tokens(answers.back().text);
  }
  counter.billed(body, chat.n, prompt_tokens, completion_tokens);
  return chat_completion(fmt::format("chatcmpl-{:016x}-{}", body, occurrence), options.model, answers,
                         prompt_tokens, completion_tokens);
}

void SimulatedServer::Impl::take_file(const httplib::Request& request, httplib::Response& response) {
  if (!request.has_file("file"))
    throw RefusedRequest(400, "invalid_request_error", "the form has no field \"file\"");
  httplib::MultipartFormData file = request.get_file_value("file");
  const std::string purpose = request.has_file("purpose") ? request.get_file_value("purpose").content : "";
  response.set_content(
      json_text(batches.store_file(std::move(file.content), file.filename, purpose, unix_time())), kJson);
}

void SimulatedServer::Impl::give_file(const httplib::Request& request, httplib::Response& response) {
  response.set_content(batches.content(request.matches[1].str()), "application/jsonl");
}

void SimulatedServer::Impl::create_batch(const httplib::Request& request, httplib::Response& response) {
  const json batch = batches.create(json::parse(request.body, nullptr, false), unix_time());
  counter.batch_created();
  response.set_content(json_text(batch), kJson);
}

void SimulatedServer::Impl::show_batch(const httplib::Request& request, httplib::Response& response) {
  response.set_content(json_text(batches.find(request.matches[1].str(), unix_time())), kJson);
}

void SimulatedServer::Impl::list_batches(const httplib::Request& request, httplib::Response& response) {
  const std::string limit = request.get_param_value("limit");
  if (limit.size() > 3 || limit.find_first_not_of("0123456789") != std::string::npos)
    throw RefusedRequest(400, "invalid_request_error", "limit must be 1 … 100");
  const std::size_t most = limit.empty() ? 20 : std::clamp<std::size_t>(std::stoul(limit), 1, 100);
  response.set_content(json_text(batches.list(request.get_param_value("after"), most, unix_time())), kJson);
}

void SimulatedServer::Impl::cancel_batch(const httplib::Request& request, httplib::Response& response) {
  response.set_content(json_text(batches.cancel(request.matches[1].str(), unix_time())), kJson);
}

ChatAnswer SimulatedServer::Impl::answer(const ReceivedChat& request, Random random) {
  ChatAnswer answer;
  const auto mask = request.images.empty() ? std::nullopt : language.asked_mask(request.question);
  if (mask)
    answer.text = vision.mask_answer(request.images.front(), *mask, random);
  else if (request.images.empty())
    answer.text = language.answer(request.question, random);
  else
    answer.text = vision.answer(request.images.front(), language.asked_part(request.question), random);
  if (request.max_tokens > 0 && count_tokens(answer.text) > request.max_tokens)
    answer = {answer.text.substr(0, static_cast<std::size_t>(4 * request.max_tokens)), "length"};
  return answer;
}

void SimulatedServer::Impl::send_and_hang(httplib::Response& response, std::size_t size) {
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(options.faults.hang_seconds);
  response.set_content_provider(size, kJson, [this, end](std::size_t, std::size_t, httplib::DataSink& sink) {
    while (!stopping && std::chrono::steady_clock::now() < end && sink.is_writable())
      std::this_thread::sleep_for(kStallStep);
    return false;
  });
}

void SimulatedServer::Impl::embeddings(const httplib::Request& request, httplib::Response& response) {
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("input"))
    throw RefusedRequest(400, "invalid_request_error", "input is missing");
  const json inputs = body["input"].is_array() ? body["input"] : json::array({body["input"]});
  const bool as_base64 = body.value("encoding_format", "float") == "base64";
  json data = json::array();
  std::int64_t tokens = 0;
  for (const json& input : inputs) {
    if (!input.is_string())
      throw RefusedRequest(400, "invalid_request_error", "input must be a string or an array of strings");
    const auto text = input.get<std::string>();
    const std::vector<float> embedding = simulated_embedding(text);
    tokens += count_tokens(text);
    json value = embedding;
    if (as_base64) value = base64(std::as_bytes(std::span(embedding)));
    data.push_back({{"object", "embedding"}, {"index", data.size()}, {"embedding", std::move(value)}});
  }
  const json answer = {{"object", "list"},
                       {"data", std::move(data)},
                       {"model", options.model},
                       {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}};
  response.set_content(answer.dump(), kJson);
}

void SimulatedServer::Impl::models(httplib::Response& response) const {
  const json model = {{"id", options.model}, {"object", "model"}, {"created", 0}, {"owned_by", "funcorr"}};
  response.set_content(json{{"object", "list"}, {"data", {model}}}.dump(), kJson);
}

json SimulatedServer::Impl::billing() const {
  const SimulatedBill bill = counter.bill();
  return {{"requests", bill.requests},
          {"batches", bill.batches},
          {"billed_requests", bill.billed_requests},
          {"answers", bill.answers},
          {"repeated_answers", bill.repeated_answers},
          {"prompt_tokens", bill.prompt_tokens},
          {"completion_tokens", bill.completion_tokens},
          {"faults", bill.faults}};
}

SimulatedServer::SimulatedServer(SimulatedServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {
  impl_->add_routes();
}

SimulatedServer::~SimulatedServer() = default;

int SimulatedServer::bind(int port) {
  const bool bound = port == 0 ? (port = impl_->http.bind_to_any_port("127.0.0.1")) > 0
                               : impl_->http.bind_to_port("127.0.0.1", port);
  if (!bound)
    throw std::runtime_error(fmt::format(
        "port {} of 127.0.0.1 cannot be had: is another server using it? (port 0 takes any free one)", port));
  return port;
}

void SimulatedServer::serve() { impl_->http.listen_after_bind(); }

void SimulatedServer::stop() {
  impl_->stopping = true;
  impl_->http.stop();
}

SimulatedBill SimulatedServer::bill() const { return impl_->counter.bill(); }

}  // namespace funcorr
