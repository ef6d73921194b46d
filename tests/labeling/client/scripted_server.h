#pragma once

#include <atomic>
#include <functional>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <httplib.h>
#include <nlohmann/json.hpp>

namespace funcorr::tests {

// An HTTP server on loopback that a test tells what to say.
class ScriptedServer {
 public:
  using Handler = std::function<void(const httplib::Request&, httplib::Response&)>;

  explicit ScriptedServer(Handler on_post) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(256); };
    server_.set_tcp_nodelay(true);
    server_.set_keep_alive_max_count(1'000'000);
    server_.set_keep_alive_timeout(
        600);  // or it would now and then close a connection that is being used again
    server_.Post("/v1/.*", [this, on_post = std::move(on_post)](const httplib::Request& request,
                                                                httplib::Response& response) {
      {
        const std::lock_guard lock(mutex_);
        bodies_.push_back(request.body);
      }
      on_post(request, response);
    });
    server_.Get("/v1/models", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("{\"data\":[]}", "application/json");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~ScriptedServer() {
    silent_.count_down();
    server_.stop();
    thread_.join();
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }
  int port() const { return port_; }
  // Of all POSTs so far, in their order of arrival.
  std::vector<std::string> bodies() const {
    const std::lock_guard lock(mutex_);
    return bodies_;
  }
  nlohmann::json body(std::size_t index) const { return nlohmann::json::parse(bodies().at(index)); }
  std::size_t requests() const { return bodies().size(); }
  // For a handler that says nothing, or no more, as long as the server lives: whoever asks loses patience
  // first.
  void keep_silent() const { silent_.wait(); }

 private:
  httplib::Server server_;
  mutable std::mutex mutex_;
  std::latch silent_{1};
  std::vector<std::string> bodies_;
  int port_ = 0;
  std::thread thread_;
};

// A chat completion with these texts, 10 tokens in and 5 tokens out for each.
inline nlohmann::json completion(const std::vector<std::string>& texts) {
  nlohmann::json choices = nlohmann::json::array();
  for (const std::string& text : texts)
    choices.push_back({{"index", choices.size()},
                       {"message", {{"role", "assistant"}, {"content", text}, {"refusal", nullptr}}},
                       {"logprobs", nullptr},
                       {"finish_reason", "stop"}});
  return {{"id", "chatcmpl-1"},
          {"object", "chat.completion"},
          {"created", 0},
          {"model", "m"},
          {"choices", std::move(choices)},
          {"usage",
           {{"prompt_tokens", 10},
            {"completion_tokens", 5 * texts.size()},
            {"total_tokens", 10 + 5 * texts.size()}}}};
}

inline void reply(httplib::Response& response, const nlohmann::json& body, int status = 200) {
  response.status = status;
  response.set_content(body.dump(), "application/json");
}

inline nlohmann::json api_error(const std::string& code, const std::string& message = "no") {
  return {{"error", {{"message", message}, {"type", "error"}, {"param", nullptr}, {"code", code}}}};
}

// Answers every chat with as many texts as it asks for: "<last message> #<choice>".
inline void echo(const httplib::Request& request, httplib::Response& response) {
  const auto body = nlohmann::json::parse(request.body);
  const auto content = body["messages"].back()["content"];
  const std::string text =
      content.is_string() ? content.get<std::string>() : content.back()["text"].get<std::string>();
  std::vector<std::string> texts;
  for (int i = 0; i < body.value("n", 1); ++i)
    texts.push_back(std::string(text).append(" #").append(std::to_string(i)));
  reply(response, completion(texts));
}

}  // namespace funcorr::tests
