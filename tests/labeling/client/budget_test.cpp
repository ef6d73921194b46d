// Budgets bind, also where an image counts far more than was guessed.
#include "labeling/client/image_tokens.h"
#include "tests/labeling/client/engine_fixture.h"
#include "tests/labeling/client/server_process.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

constexpr double kDear = 20'000;  // tokens, and money, of an image at the server

ChatRequest shown(const std::string& text) {
  ChatRequest request = chat(text);
  request.image = std::make_shared<RequestImage>(
      "image/png", [text] { return std::vector<std::uint8_t>(text.begin(), text.end()); });
  return request;
}

// Counts an image as 20,000 tokens.
class DearServer {
 public:
  DearServer()
      : server_([](const httplib::Request&, httplib::Response& response) {
          json answer = completion({"yes"});
          answer["usage"]["prompt_tokens"] = kDear + 20;
          reply(response, answer);
        }) {}
  Provider provider() const {
    Provider provider = provider_at(server_.url());
    provider.image.tokens = 100;
    return provider;
  }
  std::size_t requests() const { return server_.requests(); }

 private:
  ScriptedServer server_;
};

}  // namespace

TEST_CASE("A run's budget is overshot by no more than went out before it was known what an image counts") {
  const DearServer server;
  EngineOptions options = quick_options();
  std::vector<std::string> warnings;
  options.warn = [&](const std::string& text) { warnings.push_back(text); };
  SECTION("a budget that the first requests use up") {
    options.budget = 2 * kDear;
    Asking asking(server.provider(), options);
    for (int i = 0; i < 200; ++i) asking.submit(shown(std::to_string(i)));
    const RunEnd end = asking.run();
    CHECK(end.error_kind == "budget");
    CHECK(asking.spend().cost <= options.budget + 4 * (kDear + 30));
    CHECK(server.requests() <= 4);
  }
  SECTION("a budget for more: later requests reserve what was learned") {
    options.budget = 20 * kDear;
    Asking asking(server.provider(), options);
    for (int i = 0; i < 200; ++i) asking.submit(shown(std::to_string(i)));
    CHECK(asking.run().error_kind == "budget");
    CHECK(asking.spend().cost <= options.budget);
    CHECK(asking.spend().cost >= options.budget - 3 * kDear);
  }
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("image_tokens = 100 was the guess") != std::string::npos);
}

TEST_CASE("The workspace's budget binds likewise, and the next run knows what an image counts") {
  const DearServer server;
  Provider provider = server.provider();
  provider.budget = 10 * kDear;
  Asking asking(provider);
  for (int i = 0; i < 50; ++i) asking.submit(shown(std::to_string(i)));
  CHECK(asking.run().error_kind == "budget");
  CHECK(asking.spend().cost <= provider.budget);
  const json learned = json::parse(asking.ledger.load_pace("p"));
  CHECK(learned.at("image_tokens").at("m") >= kDear);
}

TEST_CASE("Without a budget nobody waits for what an image counts") {
  const DearServer server;
  Asking asking(server.provider());
  for (int i = 0; i < 50; ++i) asking.submit(shown(std::to_string(i)));
  CHECK(asking.run().kind == RunEnd::Kind::kDone);
  CHECK(server.requests() == 50);
}

TEST_CASE("A server that tells no usage is asked on, at the guess") {
  ScriptedServer server([](const httplib::Request&, httplib::Response& response) {
    json answer = completion({"yes"});
    answer.erase("usage");
    reply(response, answer);
  });
  Provider provider = provider_at(server.url());
  provider.image.tokens = 100;
  EngineOptions options = quick_options();
  options.budget = 1e6;
  Asking asking(provider, options);
  for (int i = 0; i < 50; ++i) asking.submit(shown(std::to_string(i)));
  CHECK(asking.run().kind == RunEnd::Kind::kDone);
  CHECK(asking.answers.size() == 50);
}

TEST_CASE("By batch too a few requests go singly first, where a budget is to bind") {
  const SimulatedServerProcess server({"--model", "m", "--batch-seconds", "0", "--habit", "dear_images"});
  Provider provider = provider_at(server.url());
  provider.transport = Transport::kBatch;
  provider.batch.poll_s = provider.batch.first_poll_s = 0.05;
  provider.image.tokens = 100;
  EngineOptions options = quick_options();
  options.budget = 1e7;
  Asking asking(provider, options);
  for (int i = 0; i < 12; ++i) {
    ChatRequest request = chat(std::to_string(i));
    request.image = RequestImage::jpeg([] { return Image8(8, 8, 3); });
    asking.submit(std::move(request));
  }
  const RunEnd end = asking.run();
  INFO(end.error);
  CHECK(end.kind == RunEnd::Kind::kDone);
  CHECK(asking.answers.size() == 12);
  const auto calls = asking.engine.statistics().calls;
  CHECK(calls == 12);
  CHECK(server.bill().at("batches") >= 1);
  // Those that went singly cost an image of 20,000 tokens, four at the most.
  CHECK(asking.spend().cost > 20'000);
  CHECK(asking.spend().cost < 5 * 25'000);
}

TEST_CASE("What an image counts is the most that was seen, by model and detail") {
  ImageTokens tokens(100, "low", {});
  CHECK(tokens.of("m") == 100);
  CHECK_FALSE(tokens.is_known("m"));
  tokens.learn("m", 520, 20);
  tokens.learn("m", 220, 20);
  CHECK(tokens.of("m") == 500);
  CHECK(tokens.of("other") == 100);
  const json kept = json::parse(tokens.to_json().dump());
  CHECK(ImageTokens(100, "low", kept).of("m") == 500);
  CHECK(ImageTokens(100, "high", kept).of("m") == 100);
  CHECK(ImageTokens(100, "", json::parse(R"({"m": "many", "n": -1})")).of("n") == 100);
}

}  // namespace funcorr
