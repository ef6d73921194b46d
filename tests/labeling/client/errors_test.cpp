// What goes wrong on the way: each kind ends as itself, and is paid for or not as it should be.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "labeling/client/verdict.h"
#include "tests/labeling/client/engine_fixture.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)
using Action = Verdict::Action;

HttpResult answered(int status, const std::string& body, std::map<std::string, std::string> headers = {}) {
  HttpResult result;
  result.sent = true;
  result.status = status;
  result.body = body;
  result.headers = std::move(headers);
  result.headers.emplace("content-type", "application/json");
  return result;
}

HttpResult broken(HttpResult::Failure failure, bool sent, int status = 0) {
  HttpResult result;
  result.failure = failure;
  result.sent = sent;
  result.status = status;
  return result;
}

// One sample, whose only attempt or attempts end badly.
Answer failure_of(const ScriptedServer& server, Provider provider, EngineOptions options = quick_options()) {
  provider.servers = {{server.url()}};
  Asking asking(provider, options);
  const RunEnd end = asking.ask(chat("a cup"));
  INFO(end.error);
  CHECK(end.kind == RunEnd::Kind::kDone);
  REQUIRE(asking.answers.size() == 1);
  CHECK_FALSE(asking.answers[0].answered);
  return asking.answers[0];
}

ScriptedServer::Handler always(int status, const nlohmann::json& body) {
  return [=](const httplib::Request&, httplib::Response& response) { reply(response, body, status); };
}

}  // namespace

TEST_CASE("Verdicts follow status and error.code") {
  struct Row {
    int status;
    std::string body, code;
    Action action;
    bool overloaded, in_doubt, billed;
  };
  const std::string fine = completion({"a", "b"}).dump();
  const auto error = [](const std::string& code, const std::string& message = "x") {
    return api_error(code, message).dump();
  };
  const std::vector<Row> rows{
      {200, fine, "", Action::kAccept, false, false, true},
      {200, fine.substr(0, 60), "malformed_json", Action::kRetry, false, false, true},
      {200, "{\"choices\":[]}", "no_choices", Action::kRetry, false, false, true},
      {200, error("rate_limit_exceeded"), "rate_limit_exceeded", Action::kRetry, false, false, false},
      {200, error("insufficient_quota"), "insufficient_quota", Action::kStop, false, false, false},
      {400, error("context_length_exceeded"), "context_length_exceeded", Action::kFail, false, false, false},
      {400, error("invalid_image_url"), "invalid_image_url", Action::kFail, false, false, false},
      {400, "<html>", "bad_request", Action::kFail, false, false, false},
      {401, error("invalid_api_key"), "invalid_api_key", Action::kStop, false, false, false},
      {402, "", "payment_required", Action::kStop, false, false, false},
      {403, "", "forbidden", Action::kStop, false, false, false},
      {404, error("model_not_found"), "model_not_found", Action::kFail, false, false, false},
      {408, "", "http_408", Action::kRetry, false, false, false},
      {409, "", "http_409", Action::kRetry, false, false, false},
      {429, error("rate_limit_exceeded"), "rate_limit_exceeded", Action::kRetry, true, false, false},
      {429, error("insufficient_quota"), "insufficient_quota", Action::kStop, false, false, false},
      {429, error("org_spend_limit_exceeded"), "org_spend_limit_exceeded", Action::kStop, false, false,
       false},
      {429, error("tier_usage_limit_exceeded"), "tier_usage_limit_exceeded", Action::kStop, false, false,
       false},
      // Words in a message decide nothing.
      {400, error("bad_value", "insufficient_quota of generated rate limit"), "bad_value", Action::kFail,
       false, false, false},
      {500, error("server_error"), "server_error", Action::kRetry, false, false, false},
      {502, "", "server_error", Action::kRetry, false, true, false},
      {503, "", "overloaded", Action::kRetry, true, false, false},
      {504, "", "server_error", Action::kRetry, false, true, false},
      // Failed after generation: the usage says that it is paid for.
      {500, R"({"error":{"code":"x"},"usage":{"prompt_tokens":3,"completion_tokens":9}})", "x",
       Action::kRetry, false, false, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.status, row.body);
    const Verdict verdict = judge(answered(row.status, row.body), "choices");
    CHECK(verdict.code == row.code);
    CHECK(verdict.action == row.action);
    CHECK(verdict.overloaded == row.overloaded);
    CHECK(verdict.in_doubt == row.in_doubt);
    CHECK(verdict.billed == row.billed);
    CHECK(verdict.message.find('\n') == std::string::npos);
  }
  CHECK(judge(answered(200, fine), "choices").choices == 2);
  CHECK(judge(answered(200, R"({"type":"message","content":[{"type":"text","text":"a cup"}]})"), "choices")
            .choices == 1);
  CHECK(judge(answered(500, "", {{"x-should-retry", "false"}}), "choices").action == Action::kFail);
  CHECK(judge(answered(400, "", {{"x-should-retry", "true"}}), "choices").action == Action::kRetry);
}

TEST_CASE("A broken exchange is in doubt from the moment it was sent until a status says more") {
  using Failure = HttpResult::Failure;
  const Verdict unsent = judge(broken(Failure::kConnection, false), "choices");
  CHECK(unsent.action == Action::kRetry);
  CHECK_FALSE(unsent.sent);
  CHECK_FALSE(unsent.in_doubt);
  CHECK(judge(broken(Failure::kLost, true), "choices").in_doubt);
  CHECK(judge(broken(Failure::kTimeout, true), "choices").in_doubt);
  CHECK(judge(broken(Failure::kTimeout, true), "choices").overloaded);
  const Verdict cut = judge(broken(Failure::kStall, true, 200), "choices");
  CHECK_FALSE(cut.in_doubt);
  CHECK(cut.billed);
  const Verdict refused = judge(broken(Failure::kLost, true, 500), "choices");
  CHECK_FALSE(refused.in_doubt);
  CHECK_FALSE(refused.billed);
  CHECK(judge(broken(Failure::kCertificate, false), "choices").action == Action::kStop);
  CHECK(judge(broken(Failure::kTooLarge, true, 200), "choices").action == Action::kFail);
}

TEST_CASE("Retry-After in seconds, milliseconds or as a date") {
  CHECK(retry_after(answered(429, "", {{"retry-after", "7"}})) == 7);
  CHECK(retry_after(answered(429, "", {{"retry-after", "7"}, {"retry-after-ms", "1500"}})) == 1.5);
  CHECK(retry_after(answered(429, "", {{"retry-after", "soon"}})) == 0);
  CHECK(retry_after(answered(429, "", {{"retry-after", "-1"}})) == 0);
  CHECK(retry_after(answered(429, "", {{"retry-after", "Wed, 21 Oct 2099 07:28:00 GMT"}})) > 1e9);
  CHECK(retry_after(answered(429, "")) == 0);
}

TEST_CASE("Refusals and faults that pass are asked again until they are answered") {
  std::atomic<int> count{0};
  ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    switch (count++) {
      case 0:
        return reply(response, api_error("rate_limit_exceeded"), 429);
      case 1:
        return reply(response, api_error("server_error"), 500);
      case 2:
        response.set_content("{\"choices\": [{\"ind", "application/json");
        return;
      case 3:
        response.set_content("<html>sign in</html>", "text/html");
        return;
      default:
        return echo(request, response);
    }
  });
  Asking asking(provider_at(server.url()));
  asking.ask(chat("a cup"));
  REQUIRE(asking.answers.size() == 1);
  CHECK(asking.answers[0].text == "a cup #0");
  CHECK(server.requests() == 5);
  const Ledger::Spend spend = asking.spend();
  CHECK(spend.samples == 5);
  CHECK(spend.failed == 4);
  CHECK(spend.billed_calls == 2);  // the cut-off answer may well have been paid for, no page is
  const auto errors = asking.engine.statistics().errors;
  CHECK(errors == std::map<std::string, std::int64_t>{{"malformed_json", 1},
                                                      {"rate_limit_exceeded", 1},
                                                      {"server_error", 1},
                                                      {"wrong_content_type", 1}});
}

TEST_CASE("A server that says too much asks for patience, not for more of the same") {
  // 20 a second and 5 at once; nothing in its headers tells so.
  std::mutex mutex;
  double level = 5;
  auto last = std::chrono::steady_clock::now();
  std::atomic<int> refused{0};
  ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    {
      const std::lock_guard lock(mutex);
      const auto now = std::chrono::steady_clock::now();
      level = std::min(5.0, level + 20 * std::chrono::duration<double>(now - last).count());
      last = now;
      if (level < 1) {
        ++refused;
        return reply(response, api_error("rate_limit_exceeded"), 429);
      }
      level -= 1;
    }
    echo(request, response);
  });
  Asking asking(provider_at(server.url()));
  for (int i = 0; i < 60; ++i) asking.submit(chat(std::to_string(i)));
  CHECK(asking.run().kind == RunEnd::Kind::kDone);
  CHECK(std::ranges::count_if(asking.answers, [](const Answer& a) { return a.answered; }) == 60);
  CHECK(refused > 0);
  CHECK(refused < 180);
}

TEST_CASE("Retry-After is waited for at least") {
  std::atomic<int> count{0};
  using Clock = std::chrono::steady_clock;
  std::array<Clock::time_point, 2> at;
  ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    const int n = count++;
    at.at(static_cast<std::size_t>(n)) = Clock::now();
    if (n > 0) return echo(request, response);
    response.set_header("retry-after-ms", "400");
    reply(response, api_error("rate_limit_exceeded"), 429);
  });
  Asking asking(provider_at(server.url()));
  asking.ask(chat("a cup"));
  CHECK(at[1] - at[0] >= std::chrono::milliseconds(400));
}

TEST_CASE("Attempts are counted, and the last one's kind is told") {
  ScriptedServer server(always(500, api_error("server_error")));
  const Answer answer = failure_of(server, provider_at(""));
  CHECK(answer.error_kind == "server_error");
  CHECK(server.requests() == 5);
  CHECK(answer.request_id > 0);
}

TEST_CASE("What never will be answered fails its item and no other") {
  for (const std::string code :
       {"context_length_exceeded", "invalid_image_url", "content_policy_violation"}) {
    ScriptedServer server(always(400, api_error(code, "it is too\nlong")));
    const Answer answer = failure_of(server, provider_at(""));
    CHECK(answer.error_kind == code);
    CHECK(answer.error.find("it is too long") != std::string::npos);
    CHECK(server.requests() == 1);
  }
  ScriptedServer server(always(404, api_error("model_not_found")));
  CHECK(failure_of(server, provider_at("")).error_kind == "model_not_found");
}

TEST_CASE("Money and key errors stop the run at once") {
  for (const int status : {429, 401, 403}) {
    ScriptedServer server(always(status, api_error(status == 429 ? "insufficient_quota" : "invalid_api_key",
                                                   "you have no more credit")));
    Provider provider = provider_at(server.url());
    provider.limits.concurrency = 1;
    Asking asking(provider);
    for (int i = 0; i < 50; ++i) asking.submit(chat(std::to_string(i)));
    const RunEnd end = asking.run();
    CHECK(end.kind == RunEnd::Kind::kFatal);
    CHECK(end.error_kind == (status == 429 ? "insufficient_quota" : "invalid_api_key"));
    CHECK(end.error.find("you have no more credit") != std::string::npos);
    CHECK(server.requests() == 1);
    CHECK(asking.answers.empty());
    CHECK(asking.spend().samples == 1);
  }
}

TEST_CASE("A gigantic or endless answer is cut") {
  ScriptedServer server([](const httplib::Request&, httplib::Response& response) {
    response.set_chunked_content_provider("application/json", [](std::size_t, httplib::DataSink& sink) {
      const std::string block(65536, 'x');
      return sink.write(block.data(), block.size());
    });
  });
  EngineOptions options = quick_options();
  options.max_answer_bytes = 1 << 20;
  const Answer answer = failure_of(server, provider_at(""), options);
  CHECK(answer.error_kind == "answer_too_large");
  CHECK(server.requests() == 1);
}

TEST_CASE("An answer that trickles or stalls ends by the clock that is meant for it") {
  const auto trickle = [](const httplib::Request&, httplib::Response& response) {
    response.set_chunked_content_provider("application/json", [](std::size_t, httplib::DataSink& sink) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      return sink.write(" ", 1);
    });
  };
  EngineOptions once = quick_options();
  once.backoff.max_attempts = 1;
  Provider provider = provider_at("");
  SECTION("the deadline") {
    provider.timeouts.deadline = 0.4;
    const ScriptedServer server(trickle);
    CHECK(failure_of(server, provider, once).error_kind == "timeout");
  }
  SECTION("the first byte") {
    provider.timeouts.first_byte = 0.2;
    const ScriptedServer server([&](const httplib::Request&, httplib::Response&) { server.keep_silent(); });
    CHECK(failure_of(server, provider, once).error_kind == "timeout");
  }
  SECTION("a stall") {
    provider.timeouts.stall = 0.2;
    const ScriptedServer server([&](const httplib::Request&, httplib::Response& response) {
      response.set_content_provider(100, "application/json",
                                    [&](std::size_t, std::size_t, httplib::DataSink&) {
                                      server.keep_silent();
                                      return false;
                                    });
    });
    CHECK(failure_of(server, provider, once).error_kind == "stalled");
  }
}

TEST_CASE("An answer that was lost is in doubt: counted, and repeated only if the policy says so") {
  std::atomic<int> count{0};
  ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    if (count++ == 0) return server.keep_silent();
    echo(request, response);
  });
  Provider provider = provider_at(server.url());
  provider.timeouts.first_byte = 1;
  EngineOptions options = quick_options();
  SECTION("repeated") {
    Asking asking(provider, options);
    asking.ask(chat("a cup"));
    CHECK(asking.answers.at(0).answered);
    CHECK(asking.spend().in_doubt == 1);
    CHECK(asking.spend().answered == 1);
    CHECK(asking.spend().reserved > 0);
    CHECK(asking.engine.statistics().in_doubt == 1);
  }
  SECTION("held, also by the next run") {
    options.in_doubt = InDoubtPolicy::kHold;
    Asking asking(provider, options);
    asking.ask(chat("a cup"));
    asking.ask(chat("a cup"));
    REQUIRE(asking.answers.size() == 2);
    for (const Answer& answer : asking.answers) CHECK(answer.error_kind == "in_doubt");
    CHECK(server.requests() == 1);
  }
}

TEST_CASE("A kept connection that breaks is not used to send twice unnoticed") {
  // The third request arrives on a kept connection and is dropped without a byte: it may have been paid for.
  std::atomic<int> count{0};
  ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    if (++count == 3) {
      response.set_content_provider(10, "text/plain",
                                    [](std::size_t, std::size_t, httplib::DataSink&) { return false; });
      response.status = 0;
      return;
    }
    echo(request, response);
  });
  Provider provider = provider_at(server.url());
  provider.limits.concurrency = 1;
  Asking asking(provider);
  for (int i = 0; i < 5; ++i) asking.ask(chat(std::to_string(i)));
  CHECK(asking.answers.size() == 5);
  const Ledger::Spend spend = asking.spend();
  CHECK(spend.samples == static_cast<std::int64_t>(server.requests()));
}

TEST_CASE("Redirections stay on the host unless another is allowed") {
  ScriptedServer target(echo);
  ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    if (request.path == "/v1/moved/chat/completions") return echo(request, response);
    const bool away = request.path.starts_with("/v1/away");
    response.set_redirect(away ? target.url() + "/chat/completions" : "/v1/moved/chat/completions", 307);
  });
  SECTION("the same host") {
    Asking asking(provider_at(server.url()));
    asking.ask(chat("a cup"));
    CHECK(asking.answers.at(0).answered);
    CHECK(asking.spend().calls == 1);
  }
  Provider provider = provider_at(server.url() + "/away");
  SECTION("another, refused") {
    Asking asking(provider);
    asking.ask(chat("a cup"));
    CHECK(asking.answers.at(0).error_kind == "redirect_refused");
    CHECK(target.requests() == 0);
  }
  SECTION("another, allowed") {
    provider.redirect_hosts = {"127.0.0.1"};
    Asking asking(provider);
    asking.ask(chat("a cup"));
    CHECK(asking.answers.at(0).answered);
    CHECK(target.requests() == 1);
  }
}

TEST_CASE("A server that is not there ends the run with what was tried") {
  Provider provider = provider_at("http://127.0.0.1:1/v1");
  EngineOptions options = quick_options();
  options.unreachable_s = 0.5;
  Asking asking(provider, options);
  const RunEnd end = asking.ask(chat("a cup"));
  CHECK(end.kind == RunEnd::Kind::kFatal);
  CHECK(end.error_kind == "unreachable");
  CHECK(end.error.find("http://127.0.0.1:1/v1") != std::string::npos);
  CHECK(asking.spend().billed_calls == 0);
  CHECK(asking.spend().in_doubt == 0);
}

TEST_CASE("A server that is there and answers nothing but faults ends the run too, later") {
  ScriptedServer server([](const httplib::Request&, httplib::Response& response) {
    response.status = 502;
    response.set_content("<html>Bad Gateway</html>", "text/html");
  });
  EngineOptions options = quick_options();
  options.backoff.max_attempts = 1000;
  options.fruitless_s = 1.5;
  Asking asking(provider_at(server.url()), options);
  const RunEnd end = asking.ask(chat("a cup"));
  CHECK(end.kind == RunEnd::Kind::kFatal);
  CHECK(end.error_kind == "servers_ill");
  CHECK(end.error.find("502") != std::string::npos);
  CHECK(server.requests() > 4);
  CHECK(asking.spend().in_doubt == static_cast<std::int64_t>(server.requests()));
}

TEST_CASE("A budget is not overshot by what is in flight") {
  ScriptedServer server([](const httplib::Request& request, httplib::Response& response) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    echo(request, response);
  });
  Provider provider = provider_at(server.url());  // an answer costs 20, and at most some 65
  EngineOptions options = quick_options();
  SECTION("of the run") { options.budget = 250; }
  SECTION("of the provider") { provider.budget = 250; }
  Asking asking(provider, options);
  for (int i = 0; i < 60; ++i) asking.submit(chat(std::to_string(10 + i)));
  const RunEnd end = asking.run();
  CHECK(end.kind == RunEnd::Kind::kFatal);
  CHECK(end.error_kind == "budget");
  const Ledger::Spend spend = asking.spend();
  CHECK(spend.cost <= 250);
  CHECK(spend.cost >= 250 - 66);  // as much as fits is bought
  CHECK(spend.cost == 20.0 * static_cast<double>(server.requests()));
}

TEST_CASE("A missing key is told by the name of its variable") {
  Provider provider = provider_at("http://127.0.0.1:1/v1");
  provider.key_variable = "FUNCORR_TEST_NO_SUCH_KEY";
  const TemporaryFolder folder;
  ManifestLedger ledger(folder / "manifest.sqlite");
  try {
    const Engine engine({}, {provider}, ledger);
    FAIL("made without a key");
  } catch (const UsageError& error) {
    CHECK(std::string(error.what()).find("FUNCORR_TEST_NO_SUCH_KEY") != std::string::npos);
  }
  provider.key_variable.clear();
  provider.servers = {{"http://user:secret@host/v1"}};
  try {
    const Engine engine({}, {provider}, ledger);
    FAIL("made with a password in the URL");
  } catch (const UsageError& error) {
    CHECK(std::string(error.what()).find("secret") == std::string::npos);
  }
}

TEST_CASE("The key is sent, and is nowhere else: not in the database, not in errors") {
  const std::string key = "sk-very-secret-0123456789";
  setenv("FUNCORR_TEST_KEY", key.c_str(), 1);
  std::atomic<int> with_key{0};
  ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    const std::string authorization = request.get_header_value("Authorization");
    if (authorization == "Bearer " + key) ++with_key;
    // A server that echoes what it should not, in every place.
    if (with_key % 2 == 0) return reply(response, completion({authorization}));
    reply(response, api_error("bad " + key, "wrong: " + authorization), 400);
  });
  Provider provider = provider_at(server.url());
  provider.key_variable = "FUNCORR_TEST_KEY";
  Asking asking(provider);
  for (int i = 0; i < 10; ++i) asking.submit(chat(std::to_string(i)));
  asking.run();
  CHECK(with_key == 10);
  REQUIRE(asking.answers.size() == 10);
  for (const Answer& answer : asking.answers) {
    CHECK(answer.text.find(key) == std::string::npos);
    CHECK(answer.error.find(key) == std::string::npos);
    CHECK(answer.error_kind.find(key) == std::string::npos);
  }
  for (const auto& entry : std::filesystem::directory_iterator(asking.folder.path())) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    CAPTURE(entry.path().filename());
    CHECK(bytes.find(key) == std::string::npos);
  }
  unsetenv("FUNCORR_TEST_KEY");
}

TEST_CASE("Numbers for codes in an answer of 200 count like the status they name") {
  const auto verdict_of = [](const nlohmann::json& code) {
    return judge(answered(200, nlohmann::json{{"error", {{"code", code}, {"message", "x"}}}}.dump()),
                 "choices");
  };
  CHECK(verdict_of(402).action == Action::kStop);
  CHECK(verdict_of("401").action == Action::kStop);
  CHECK(verdict_of(429).refused);
  CHECK(verdict_of(404).concerns_all);
  CHECK(verdict_of(503).overloaded);
  CHECK(verdict_of(7).code == "error_in_answer");
  const Verdict in_choice = judge(
      answered(200,
               R"({"choices":[{"index":0,"finish_reason":"error","error":{"code":502,"message":"up"}}]})"),
      "choices");
  CHECK(in_choice.action == Action::kRetry);
  CHECK(in_choice.server_ill);
  const Verdict of_anthropic = judge(
      answered(529, R"({"type":"error","error":{"type":"overloaded_error","message":"x"}})"), "choices");
  CHECK(of_anthropic.code == "overloaded_error");
  CHECK(of_anthropic.overloaded);
}

}  // namespace funcorr
