#include "labeling/client/engine.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <span>

#include "db/format/hash.h"
#include "tests/labeling/client/engine_fixture.h"
#include "tests/wait_until.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

Image8 small_image(int shade) {
  Image8 image(8, 8, 3);
  std::ranges::fill(image.pixels, static_cast<std::uint8_t>(shade));
  return image;
}

}  // namespace

TEST_CASE("An answer is delivered with its tokens and cost, and its raw body is in the ledger") {
  ScriptedServer server(echo);
  Asking asking(provider_at(server.url()));
  CHECK(asking.ask(chat("a cup")).kind == RunEnd::Kind::kDone);
  REQUIRE(asking.answers.size() == 1);
  const Answer& answer = asking.answers[0];
  CHECK(answer.answered);
  CHECK(answer.text == "a cup #0");
  CHECK(answer.finish_reason == "stop");
  CHECK(answer.tokens_in == 10);
  CHECK(answer.tokens_out == 5);
  CHECK(answer.cost == 20);
  CHECK_FALSE(answer.from_ledger);
  const auto row = asking.row(answer.request_id);
  REQUIRE(row.has_value());
  CHECK(nlohmann::json::parse(row->answer)["choices"].size() == 1);
  CHECK(row->tag.stage == "ground");
  CHECK(row->tag.category == "mug");
  CHECK(row->billed);
  CHECK(asking.engine.statistics().spent == 20);
}

TEST_CASE("What was bought is served from the ledger, whoever asks and however often") {
  ScriptedServer server(echo);
  Asking asking(provider_at(server.url()));
  ChatRequest other_item = chat("a cup");
  other_item.tag = {"parts", "other", ""};
  asking.submit(chat("a cup"));
  asking.submit(other_item);  // at the same time: one of them waits for the other
  asking.run();
  asking.ask(chat("a cup"));
  CHECK(server.requests() == 1);
  REQUIRE(asking.answers.size() == 3);
  for (const Answer& answer : asking.answers) CHECK(answer.text == "a cup #0");
  CHECK(asking.answers[2].from_ledger);
  CHECK(asking.spend().calls == 1);
}

TEST_CASE("Everything that an answer depends on is part of its key") {
  ScriptedServer server(echo);
  Asking asking(provider_at(server.url()));
  ChatRequest base = chat("a cup");
  std::vector<ChatRequest> variants(9, base);
  variants[1].messages.insert(variants[1].messages.begin(), {"system", "be brief"});
  variants[2].sampling.temperature = 0.5;
  variants[3].sampling.top_p = 0.5;
  variants[4].sampling.max_tokens = 21;
  variants[5].sampling.seed = 7;
  variants[6].first_sample = 1;
  variants[7].image = RequestImage::jpeg([] { return small_image(10); });
  variants[8].image = RequestImage::jpeg([] { return small_image(200); });
  for (const ChatRequest& variant : variants) asking.submit(variant);
  asking.run();
  CHECK(server.requests() == variants.size());
}

TEST_CASE("Samples come in one request where the server knows n, and in several where it does not") {
  ScriptedServer server(echo);
  Provider provider = provider_at(server.url());
  SECTION("n = 4 at once") {
    provider.max_n = 8;
    Asking asking(provider);
    asking.ask(chat("a cup", 4));
    CHECK(server.requests() == 1);
    CHECK(server.body(0)["n"] == 4);
    REQUIRE(asking.answers.size() == 4);
    for (int i = 0; i < 4; ++i) CHECK(asking.answers[static_cast<std::size_t>(i)].sample == i);
    CHECK(asking.answers[3].text == "a cup #3");
    CHECK(asking.answers[0].cost == 10 + 2 * 20);
    CHECK(asking.answers[1].cost == 0);
    // A further sample is bought; those that are there are not.
    asking.ask(chat("a cup", 6));
    CHECK(server.requests() == 2);
    CHECK(server.body(1)["n"] == 2);
    CHECK(asking.spend().answered == 6);
    CHECK(asking.spend().calls == 2);
  }
  SECTION("one by one, with other seeds") {
    Asking asking(provider);
    ChatRequest request = chat("a cup", 4);
    request.sampling.seed = 100;
    asking.ask(request);
    CHECK(server.requests() == 4);
    std::set<std::int64_t> seeds;
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK_FALSE(server.body(i).contains("n"));
      seeds.insert(server.body(i)["seed"].get<std::int64_t>());
    }
    CHECK(seeds == std::set<std::int64_t>{100, 101, 102, 103});
  }
}

TEST_CASE("A server that gives fewer answers than asked for is asked for the rest") {
  ScriptedServer server([](const httplib::Request&, httplib::Response& response) {
    reply(response, completion({"only one"}));
  });
  Provider provider = provider_at(server.url());
  provider.max_n = 4;
  Asking asking(provider);
  asking.ask(chat("a cup", 3));
  CHECK(asking.answers.size() == 3);
  CHECK(std::ranges::all_of(asking.answers, [](const Answer& a) { return a.text == "only one"; }));
  CHECK(server.requests() == 3);
  CHECK(asking.spend().billed_calls == 3);
}

TEST_CASE("An image is encoded once, for all requests that show it") {
  ScriptedServer server(echo);
  Asking asking(provider_at(server.url()));
  int loads = 0;
  ChatRequest request = chat("where is the rim?", 2);
  request.image = RequestImage::jpeg([&] {
    ++loads;
    return small_image(128);
  });
  asking.submit(request);
  request.messages = {{"system", "answer"}, {"user", "where is the handle?"}};
  asking.submit(request);
  CHECK(loads == 0);
  asking.run();
  CHECK(loads == 1);
  REQUIRE(server.requests() == 4);
  const auto content = server.body(0)["messages"].back()["content"];
  const std::string url = content[0]["image_url"]["url"];
  const std::string prefix = "data:image/jpeg;base64,";
  REQUIRE(url.starts_with(prefix));
  const auto jpeg = from_base64(url.substr(prefix.size()));
  const Image8 shown = decode_image8(jpeg);
  CHECK(shown.width == 8);
  CHECK(std::abs(shown.pixels[0] - 128) <= 2);
  CHECK(content[1]["text"] == "where is the rim?");
}

TEST_CASE("An image that cannot be made fails its request and no other") {
  ScriptedServer server(echo);
  Asking asking(provider_at(server.url()));
  ChatRequest broken = chat("broken", 2);
  broken.image = RequestImage::jpeg([]() -> Image8 { throw std::runtime_error("0003.png: not a PNG"); });
  asking.submit(broken);
  asking.submit(chat("fine"));
  asking.run();
  REQUIRE(asking.answers.size() == 3);
  CHECK(std::ranges::count_if(asking.answers, [](const Answer& a) {
          return a.error_kind == "image" && a.error == "0003.png: not a PNG";
        }) == 2);
  CHECK(server.requests() == 1);
}

TEST_CASE("A schema is sent where the server can enforce it, and checked in any case") {
  std::string said = "```json\n{\"parts\": [\"rim\"]}\n```";
  ScriptedServer server(
      [&](const httplib::Request&, httplib::Response& response) { reply(response, completion({said})); });
  Provider provider = provider_at(server.url());
  provider.json_schema = true;
  Asking asking(provider);
  ChatRequest request = chat("parts?");
  request.schema = nlohmann::json::parse(
      R"({"type":"object","required":["parts"],"properties":{"parts":{"type":"array","items":{"type":"string"}}}})");
  asking.ask(request);
  CHECK(asking.answers[0].schema_error.empty());
  CHECK(server.body(0)["response_format"]["json_schema"]["schema"] == *request.schema);
  said = "{\"parts\": [3]}";
  request.first_sample = 1;
  asking.ask(request);
  CHECK(asking.answers[1].answered);
  CHECK(asking.answers[1].schema_error.find("parts[0]") != std::string::npos);
}

TEST_CASE("Texts are embedded many at a time, and found again one by one") {
  ScriptedServer server([](const httplib::Request& request, httplib::Response& response) {
    const auto body = nlohmann::json::parse(request.body);
    nlohmann::json data = nlohmann::json::array();
    for (const auto& input : body["input"]) {
      const std::array<float, 2> vector{static_cast<float>(input.get<std::string>().size()), -0.5F};
      const auto bytes = std::as_bytes(std::span(vector));
      const nlohmann::json one = {
          {"object", "embedding"}, {"index", data.size()}, {"embedding", base64(bytes)}};
      data.insert(data.begin(), one);  // in any order: the index counts
    }
    reply(response, {{"object", "list"},
                     {"data", data},
                     {"model", "m"},
                     {"usage", {{"prompt_tokens", 4}, {"total_tokens", 4}}}});
  });
  Provider provider = provider_at(server.url());
  provider.max_inputs = 2;
  Asking asking(provider);
  std::map<int, TextEmbedding> found;
  const auto embed = [&](std::vector<std::string> inputs) {
    found.clear();
    EmbeddingRequest request{
        .provider = "p", .model = "m", .inputs = std::move(inputs), .tag = {"select", "x", ""}};
    asking.engine.submit(request, [&](const TextEmbedding& one) { found[one.input] = one; });
    asking.run();
  };
  embed({"a", "bb", "ccc"});
  CHECK(server.requests() == 2);
  CHECK(server.body(0)["encoding_format"] == "base64");
  REQUIRE(found.size() == 3);
  for (int i = 0; i < 3; ++i) CHECK(found[i].vector == std::vector<float>{static_cast<float>(i + 1), -0.5F});
  embed({"ccc", "dddd", "a"});
  CHECK(server.requests() == 3);
  CHECK(server.body(2)["input"] == nlohmann::json({"dddd"}));
  CHECK(found[0].vector[0] == 3);
  CHECK(found[1].vector[0] == 4);
  CHECK(found[2].from_ledger);
}

TEST_CASE("A refill feeds the queue, and callbacks may ask on") {
  ScriptedServer server(echo);
  Asking asking(provider_at(server.url()));
  int made = 0, follow_ups = 0;
  const auto refill = [&] {
    for (int i = 0; i < 10 && made < 600; ++i)
      asking.engine.submit(chat(std::to_string(made++)), [&](const Answer& answer) {
        asking.answers.push_back(answer);
        if (answer.text == "5 #0")
          asking.engine.submit(chat("on item 5"), [&](const Answer&) { ++follow_ups; });
      });
    return made < 600;
  };
  CHECK(asking.engine.run({}, refill).kind == RunEnd::Kind::kDone);
  CHECK(asking.answers.size() == 600);
  CHECK(follow_ups == 1);
  CHECK(asking.engine.statistics().submitted == 601);
}

TEST_CASE("A stop drops what was not sent, waits for what was, and leaves no intent behind") {
  std::atomic<bool> stop{false}, stopped{false};
  ScriptedServer server([&](const httplib::Request& request, httplib::Response& response) {
    stop = true;
    wait_until([&] { return stopped.load(); });
    echo(request, response);
  });
  Provider provider = provider_at(server.url());
  provider.limits.concurrency = 4;
  Asking asking(provider);
  for (int i = 0; i < 100; ++i) asking.submit(chat(std::to_string(i)));
  const auto should_stop = [&] {
    stopped = stop.load();
    return stop.load();
  };
  CHECK(asking.engine.run(should_stop).kind == RunEnd::Kind::kStopped);
  CHECK(asking.answers.size() == server.requests());
  CHECK(server.requests() < 100);
  const Ledger::Spend spend = asking.spend();
  CHECK(spend.answered == static_cast<std::int64_t>(server.requests()));
  CHECK(spend.samples == spend.answered);
  CHECK(spend.reserved == 0);
}

TEST_CASE("An exception of a callback ends the run and passes through, and paid answers are kept") {
  ScriptedServer server(echo);
  Asking asking(provider_at(server.url()));
  asking.engine.submit(chat("a cup"), [](const Answer&) { throw std::runtime_error("mine"); });
  CHECK_THROWS_WITH(asking.run(), "mine");
  CHECK(asking.spend().answered == 1);
}

TEST_CASE("What no server can answer is refused at once") {
  ScriptedServer server(echo);
  Asking asking(provider_at(server.url()));
  ChatRequest request = chat("a cup");
  request.provider = "elsewhere";
  CHECK_THROWS_WITH(asking.submit(request), "there is no provider \"elsewhere\"");
  request = chat("a cup", 0);
  CHECK_THROWS_AS(asking.submit(request), std::invalid_argument);
  request.messages.clear();
  CHECK_THROWS_AS(asking.submit(request), std::invalid_argument);
  CHECK_THROWS_AS(asking.engine.submit(EmbeddingRequest{.provider = "p", .model = "m", .inputs = {""}}, {}),
                  std::invalid_argument);
}

}  // namespace funcorr
