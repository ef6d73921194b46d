// How requests are put: which fields are sent, with which headers, to which URL, in which API's words; and by
// which key what was paid for is found.
#include "labeling/client/wire.h"

#include <fstream>

#include "db/format/hash.h"
#include "db/format/json.h"
#include "labeling/client/ask.h"
#include "labeling/client/base_url.h"
#include "tests/labeling/client/engine_fixture.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

ChatRequest shown_chat() {
  ChatRequest request = chat("where?");
  request.messages.insert(request.messages.begin(), {"system", "be brief"});
  request.image = std::make_shared<RequestImage>("image/png", [] {
    return std::vector<std::uint8_t>{1, 2, 3};
  });
  return request;
}

std::string key_of(const ChatRequest& request, const Provider& provider = {}) {
  return make_ask(request, [](const Answer&) {})->key(0, provider);
}
json body_of(const ChatRequest& request, const Provider& provider = {}) {
  return json::parse(make_ask(request, [](const Answer&) {})->body({0}, provider));
}

struct Environment {
  Environment(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Environment() { unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("What was bought before fields could be left out is found by the same key") {
  const std::string canonical =
      R"({"max_tokens":20,"messages":[{"content":"a cup","role":"user"}],"model":"m","seed":0,)"
      R"("temperature":0.9,"top_p":0.95})";
  CHECK(key_of(chat("a cup")) == sha256_hex(canonical + "\n0", kDigestDigits));
  Provider anthropic;
  anthropic.wire_format = WireFormat::kAnthropic;
  anthropic.extra_body = "{}";
  anthropic.query = "a=b";
  CHECK(key_of(chat("a cup"), anthropic) == key_of(chat("a cup")));
}

TEST_CASE("A field without a value is not sent, and stands in no key") {
  ChatRequest request = chat("a cup");
  request.sampling = {std::nullopt, std::nullopt, std::nullopt, -1, {}};
  const json body = body_of(request);
  CHECK(body == json{{"model", "m"}, {"messages", {{{"role", "user"}, {"content", "a cup"}}}}});
  ChatRequest with = request;
  with.sampling.top_p = 0.5;
  CHECK(body_of(with).at("top_p") == 0.5);
  CHECK(key_of(with) != key_of(request));
}

TEST_CASE("extra_body is merged into what is sent, and is part of what is paid for") {
  Provider provider;
  provider.extra_body = R"({"reasoning_effort": "low", "temperature": null, "a": {"b": 1}})";
  const json body = body_of(chat("a cup"), provider);
  CHECK(body.at("reasoning_effort") == "low");
  CHECK(body.at("temperature").is_null());
  CHECK(body.at("messages").size() == 1);
  CHECK(key_of(chat("a cup"), provider) != key_of(chat("a cup")));
  Provider spaced = provider;
  spaced.extra_body = R"({"a":{"b":1},"temperature":null,"reasoning_effort":"low"})";
  CHECK(key_of(chat("a cup"), spaced) == key_of(chat("a cup"), provider));
  Provider dear = provider;
  dear.extra_body = R"({"max_tokens": 9000})";
  CHECK(make_ask(chat("a"), [](const Answer&) {})->tokens({0}, dear).out_at_most == 9000);
  for (const char* text : {"[1]", "{", R"({"messages": []})", R"({"n": 2})", R"({"model": "x"})"}) {
    Provider wrong = provider_at("http://a/v1");
    wrong.extra_body = text;
    CHECK_THROWS_AS(wrong.check(), UsageError);
  }
}

TEST_CASE("Where no max_tokens is sent, money is bounded by the longest answer that is known") {
  ChatRequest request = chat("a cup");
  request.sampling.max_tokens.reset();
  Provider provider;
  provider.answer_tokens = 7000;
  CHECK(make_ask(request, [](const Answer&) {})->tokens({0, 1}, provider).out_at_most == 14'000);
}

TEST_CASE("Headers come from the environment, the query goes behind every URL, and no secret is shown") {
  const Environment key("FUNCORR_TEST_KEY", "sk-/+=1"), organisation("FUNCORR_TEST_ORGANISATION", "o rg/2");
  std::mutex mutex;
  std::vector<std::string> targets, keys, organisations;
  ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    {
      const std::lock_guard lock(mutex);
      targets.push_back(request.target);
      keys.push_back(request.get_header_value("api-key"));
      organisations.push_back(request.get_header_value("X-Organisation"));
      CHECK_FALSE(request.has_header("Authorization"));
    }
    reply(response, api_error("no", "sk-/+=1 of o rg/2 may not"), 400);
  });
  Provider provider = provider_at(server.url() + "/chat/completions?a=b");
  provider.key_variable = "FUNCORR_TEST_KEY";
  provider.key_header = "api-key";
  provider.headers = {"X-Organisation: FUNCORR_TEST_ORGANISATION"};
  provider.query = "?api-version=2024-10-21";
  Asking asking(provider);
  asking.ask(chat("a cup"));
  CHECK(targets == std::vector<std::string>{"/v1/chat/completions?a=b&api-version=2024-10-21"});
  CHECK(keys == std::vector<std::string>{"sk-/+=1"});
  CHECK(organisations == std::vector<std::string>{"o rg/2"});
  REQUIRE(asking.answers.size() == 1);
  CHECK(asking.answers[0].error.find("sk-") == std::string::npos);
  CHECK(asking.answers[0].error.find("rg/2") == std::string::npos);
  CHECK(asking.row(asking.answers[0].request_id)->answer.find("sk-") == std::string::npos);
}

TEST_CASE("A header's variable that is not set is named, and what may be a secret is not shown") {
  const auto complaint = [](const std::vector<std::string>& headers) -> std::string {
    Provider provider = provider_at("http://a/v1");
    provider.headers = headers;
    try {
      Asking asking(provider);
    } catch (const UsageError& error) {
      return error.what();
    }
    return {};
  };
  CHECK(complaint({"X-Team: FUNCORR_TEST_NOT_SET"}).find("FUNCORR_TEST_NOT_SET") != std::string::npos);
  const std::string pasted = complaint({"X-Team: sk-12/34"});
  CHECK(pasted.find("VARIABLE") != std::string::npos);
  CHECK(pasted.find("12/34") == std::string::npos);
}

TEST_CASE("A server's URL is understood as people write it") {
  const auto understood = [](const std::string& url) {
    const Server server = understood_server({url});
    return server.base_url + (server.query.empty() ? "" : " ? " + server.query);
  };
  CHECK(understood("http://a:8000/v1") == "http://a:8000/v1");
  CHECK(understood("http://a:8000/v1/") == "http://a:8000/v1");
  CHECK(understood("http://a:8000//v1//") == "http://a:8000/v1");
  CHECK(understood("http://a:8000") == "http://a:8000/v1");
  CHECK(understood("http://a:8000/") == "http://a:8000/v1");
  CHECK(understood("http://a:8000/.") == "http://a:8000");
  CHECK(understood("http://a:8000/v1/chat/completions") == "http://a:8000/v1");
  CHECK(understood("http://a/v1/chat/completions/?api-version=1#x") == "http://a/v1 ? api-version=1");
  CHECK(understood("http://a/chat/completions") == "http://a/v1");
  CHECK(understood("http://127.0.0.1:11434/api/chat") == "http://127.0.0.1:11434/v1");
  CHECK(understood("https://api.anthropic.com/v1/messages") == "https://api.anthropic.com/v1");
  CHECK(understood("https://openrouter.ai") == "https://openrouter.ai/api/v1");
  CHECK(understood("https://generativelanguage.googleapis.com/") ==
        "https://generativelanguage.googleapis.com/v1beta/openai");
  CHECK(understood("https://me.openai.azure.com") == "https://me.openai.azure.com/openai/v1");
  CHECK(understood(
            "https://me.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21") ==
        "https://me.openai.azure.com/openai/deployments/d ? api-version=2024-10-21");
  CHECK(understood("no url") == "no url");
  Provider keyed = provider_at("http://a/v1?api_key=sk-1");
  understand_servers(keyed);
  CHECK_THROWS_AS(keyed.check(), UsageError);
}

TEST_CASE("Anthropic's messages: the system's words apart, images as base64 blocks, a limit, no n, no seed") {
  Provider provider;
  provider.wire_format = WireFormat::kAnthropic;
  provider.json_schema = true;
  ChatRequest request = shown_chat();
  request.n = 3;
  request.sampling.top_p.reset();
  request.sampling.stop = {"\n"};
  request.schema = json{{"type", "object"}};
  const auto ask = make_ask(request, [](const Answer&) {});
  CHECK(ask->path(provider) == std::string("/messages"));
  CHECK(ask->slots_per_call(provider) == 1);
  CHECK(json::parse(ask->body({2}, provider)) ==
        json::parse(R"({"model": "m", "max_tokens": 20, "temperature": 0.9, "stop_sequences": ["\n"],
            "system": "be brief",
            "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
            "messages": [{"role": "user", "content": [
              {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AQID"}},
              {"type": "text", "text": "where?"}]}]})"));
  request.sampling.max_tokens.reset();
  provider.answer_tokens = 8192;
  CHECK(body_of(request, provider).at("max_tokens") == 8192);
}

TEST_CASE("Anthropic's API is called with its key header and version") {
  const Environment key("FUNCORR_TEST_KEY", "sk-ant");
  std::mutex mutex;
  std::string seen;
  ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard lock(mutex);
    seen = request.path + " " + request.get_header_value("x-api-key") + " " +
           request.get_header_value("anthropic-version");
    reply(response, completion({"yes"}));
  });
  Provider provider = provider_at(server.url());
  provider.wire_format = WireFormat::kAnthropic;
  provider.key_variable = "FUNCORR_TEST_KEY";
  provider.key_header = "x-api-key";
  Asking asking(provider);
  asking.ask(chat("a cup"));
  CHECK(seen == "/v1/messages sk-ant 2023-06-01");
}

TEST_CASE("Anthropic's batches: requests in the creation, results as the API tells them") {
  const Wire& wire = wire_of(WireFormat::kAnthropic);
  const TemporaryFolder folder;
  const auto file = folder.path() / "lines";
  std::ofstream(file) << wire.batch_line("a", R"({"x":1})") << wire.batch_line("b", R"({"x":2})");
  CHECK(json::parse(wire.batch_creation(file, "", "")) ==
        json::parse(R"({"requests": [{"custom_id": "a", "params": {"x": 1}},
                                     {"custom_id": "b", "params": {"x": 2}}]})"));
  CHECK_FALSE(wire.batch_status({{"id", "i"}, {"processing_status", "in_progress"}}).is_over);
  CHECK_FALSE(wire.batch_status({{"id", "i"}, {"processing_status", "canceling"}}).is_over);
  const BatchStatus over = wire.batch_status(
      {{"id", "i"}, {"processing_status", "ended"}, {"results_url", "https://elsewhere/x"}});
  CHECK(over.is_over);
  CHECK(over.answers == "/messages/batches/i/results");
  const auto answer = [&](const char* result) {
    return wire.batch_answer({{"custom_id", "a"}, {"result", json::parse(result)}}).result;
  };
  const HttpResult good = answer(R"({"type": "succeeded", "message": {"type": "message"}})");
  CHECK(good.status == 200);
  CHECK(json::parse(good.body) == json{{"type", "message"}});
  using Failure = HttpResult::Failure;
  CHECK(answer(R"({"type": "expired"})").failure == Failure::kNotRun);
  CHECK(answer(R"({"type": "canceled"})").failure == Failure::kNotRun);
  const HttpResult refused = answer(
      R"({"type": "errored", "error": {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}})");
  CHECK(refused.status == 400);
  CHECK(json::parse(refused.body)["error"]["code"] == "invalid_request_error");
  CHECK(answer(R"({"type": "errored"})").status == 500);
  for (const char* line : {"null", "[]", "{}", R"({"custom_id": 3})", R"({"custom_id": "a", "result": 1})"})
    CHECK_NOTHROW(wire.batch_answer(json::parse(line)));
}

}  // namespace funcorr
