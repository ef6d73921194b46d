// What no further request will mend ends a run early; what one server lacks is done without.
#include <algorithm>
#include <atomic>
#include <mutex>

#include "tests/labeling/client/engine_fixture.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

void echo_text(const httplib::Request& request, httplib::Response& response) {
  reply(response, completion({json::parse(request.body)["messages"][0]["content"]}));
}

}  // namespace

TEST_CASE("The third of a kind ends the run, with the URL, the model and the option to change") {
  struct Row {
    int status;
    json body;
    const char *kind, *words;
  };
  const auto error = [](const json& code, const json& param) {
    return json{{"error", {{"code", code}, {"param", param}, {"message", "no"}}}};
  };
  const Row row = GENERATE_COPY(
      Row{404, error("model_not_found", "model"), "model_not_found", "/models lists the models"},
      Row{404, {{"detail", "Not Found"}}, "not_found", "/v1/chat/completions"},
      Row{400, error("unsupported_parameter", "top_p"), "unsupported_parameter", "top_p = \"none\""},
      Row{400, error("unsupported_value", "temperature"), "unsupported_value", "temperature = \"none\""},
      Row{400, error("unsupported_parameter", "max_tokens"), "unsupported_parameter",
          "max_completion_tokens"},
      Row{400, error("context_length_exceeded", "messages"), "context_length_exceeded", "too long"},
      Row{422, error(nullptr, nullptr), "http_422", "model \"m\""});
  CAPTURE(row.status, row.kind);
  const ScriptedServer server(
      [&](const httplib::Request&, httplib::Response& response) { reply(response, row.body, row.status); });
  Provider provider = provider_at(server.url());
  provider.limits.concurrency = 2;
  Asking asking(provider);
  for (int i = 0; i < 40; ++i) asking.submit(chat(std::to_string(i)));
  const RunEnd end = asking.run();
  CHECK(end.kind == RunEnd::Kind::kFatal);
  CHECK(end.error_kind == row.kind);
  CHECK_THAT(end.error, ContainsSubstring(row.words));
  CHECK_THAT(end.error, ContainsSubstring("third of its kind"));
  CHECK(server.requests() <= 4);
  CHECK(asking.spend().cost == 0);
}

TEST_CASE("Answers that no one can use are not bought for every attempt of every request") {
  const std::string body = GENERATE(R"({"choices":[]})", R"({"ok":true})", R"({"choices":[{"message")");
  CAPTURE(body);
  const ScriptedServer server([&](const httplib::Request&, httplib::Response& response) {
    response.set_content(body, "application/json");
  });
  Provider provider = provider_at(server.url());
  provider.limits.concurrency = 4;
  EngineOptions options = quick_options();
  options.backoff.max_attempts = 1000;
  Asking asking(provider, options);
  for (int i = 0; i < 100; ++i) asking.submit(chat(std::to_string(i)));
  const RunEnd end = asking.run();
  CHECK(end.kind == RunEnd::Kind::kFatal);
  CHECK(end.error_kind == "useless_answers");
  CHECK(server.requests() <= 8 + 3 + 4);  // until it is ill, what looks after it, and what was under way
}

TEST_CASE("What is about one picture alone, and what others survive, ends no run") {
  std::atomic<int> count{0};
  const auto rejected =
      GENERATE(std::pair{400, "invalid_image"}, std::pair{403, "moderated"},
               std::pair{400, "content_policy_violation"}, std::pair{400, "context_length_exceeded"});
  CAPTURE(rejected.second);
  const ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    if (count++ % 5 == 0) return echo_text(request, response);
    json body = api_error(rejected.second);
    if (rejected.first == 403) body["error"]["metadata"] = {{"flagged_input", "x"}};
    reply(response, body, rejected.first);
  });
  Provider provider = provider_at(server.url());
  provider.limits.concurrency = 1;
  Asking asking(provider);
  for (int i = 0; i < 20; ++i) asking.submit(chat(std::to_string(i)));
  CHECK(asking.run().kind == RunEnd::Kind::kDone);
  CHECK(std::ranges::count_if(asking.answers, &Answer::answered) == 4);
}

TEST_CASE("A server that refuses several answers at once, or gives one, is asked for one at a time") {
  std::mutex mutex;
  std::vector<int> asked;
  const bool refuses = GENERATE(true, false);
  const ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    const int n = json::parse(request.body).value("n", 1);
    {
      const std::lock_guard lock(mutex);
      asked.push_back(n);
    }
    if (refuses && n > 1) return reply(response, api_error("invalid_request_error"), 400);
    reply(response, completion({"only"}));
  });
  Provider provider = provider_at(server.url());
  provider.max_n = 8;
  provider.limits.concurrency = 1;
  Asking asking(provider);
  for (int i = 0; i < 3; ++i) asking.submit(chat(std::to_string(i), 8));
  CHECK(asking.run().kind == RunEnd::Kind::kDone);
  CHECK(std::ranges::count_if(asking.answers, &Answer::answered) == 24);
  CHECK(std::ranges::count(asked, 1) >= 12);
  CHECK(asked.size() <= 24 + 3 + 6 + 12);  // those of 8, 4 and 2 were refused, each once at most
  CHECK(asking.spend().in_doubt == 0);
}

TEST_CASE("A first request that hangs holds no other up") {
  std::atomic<int> count{0};
  const ScriptedServer* self = nullptr;
  const ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    if (count++ == 0) return self->keep_silent();
    echo_text(request, response);
  });
  self = &server;
  Provider provider = provider_at(server.url());
  provider.timeouts = {2, 3600, 3600, 3600};
  EngineOptions options = quick_options();
  options.drain_s = 0;
  Asking asking(provider, options);
  for (int i = 0; i < 16; ++i) asking.submit(chat(std::to_string(i)));
  // Ends only because the others were answered.
  const RunEnd end = asking.engine.run([&] { return asking.answers.size() >= 15; });
  CHECK(end.kind == RunEnd::Kind::kStopped);
  CHECK(std::ranges::count_if(asking.answers, &Answer::answered) == 15);
}

TEST_CASE("A closed port is named at once, long before anything is given up") {
  std::vector<std::string> told;
  EngineOptions options = quick_options();
  options.backoff = {5, {3600, 3600}};
  options.warn = [&](const std::string& text) { told.push_back(text); };
  Asking asking(provider_at("http://127.0.0.1:1/v1"), options);
  asking.submit(chat("a cup"));
  const RunEnd end = asking.engine.run([&] { return !told.empty(); });
  CHECK(end.kind == RunEnd::Kind::kStopped);
  REQUIRE(told.size() == 1);
  CHECK_THAT(told[0], Catch::Matchers::StartsWith("waits "));
  CHECK_THAT(told[0], ContainsSubstring("http://127.0.0.1:1/v1: "));
  CHECK_THAT(told[0], ContainsSubstring("127.0.0.1 port 1"));
  CHECK(asking.engine.statistics().waiting == told[0]);
}

TEST_CASE("Answers are decoded whether the server was asked to encode them or not") {
  const std::string text = completion({"a cup"}).dump();
  // Brotli (RFC 7932) of text as it is: a window of 64 KiB, one block that is not compressed, the end.
  std::string brotli;
  const std::uint32_t header = (static_cast<std::uint32_t>(text.size() - 1) << 4) | (1U << 20);
  for (int byte = 0; byte < 3; ++byte) brotli += static_cast<char>(header >> (8 * byte) & 0xff);
  brotli += text + '\x03';
  const ScriptedServer server([&](const httplib::Request&, httplib::Response& response) {
    response.set_header("Content-Encoding", "br");
    response.set_content(brotli, "application/json");
  });
  Asking asking(provider_at(server.url()));
  asking.ask(chat("a cup"));
  REQUIRE(asking.answers.size() == 1);
  CHECK(asking.answers[0].text == "a cup");
}

}  // namespace funcorr
