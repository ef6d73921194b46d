// The engine's parts, each by itself.
#include <cmath>

#include "db/format/hash.h"
#include "labeling/client/json_schema.h"
#include "labeling/client/pace.h"
#include "labeling/client/server_pool.h"
#include "labeling/prompt/prompt.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

using nlohmann::json;

// A server that serves `slots` at once and refuses what is more; returns the window after so many rounds.
int window_against(int slots, int largest, int rounds, double random_refusals = 0) {
  ConcurrencyWindow window(largest);
  double owed = 0;
  for (int round = 0; round < rounds; ++round) {
    const int sent = window.size();
    for (int i = 0; i < sent; ++i) {
      owed += random_refusals;
      const bool by_chance = owed >= 1;
      if (by_chance) owed -= 1;
      window.ended(i >= slots || by_chance, true);
    }
  }
  return window.size();
}

}  // namespace

TEST_CASE("Durations as servers write them") {
  CHECK(parse_duration("6m0s") == 360);
  CHECK(parse_duration("1.5s") == 1.5);
  CHECK(parse_duration("20ms") == 0.02);
  CHECK(parse_duration("1h2m3s") == 3723);
  CHECK(parse_duration("1d") == 86400);
  CHECK(parse_duration("7") == 7);
  for (const char* nonsense : {"", "soon", "-1s", "5 s", "1.5x", "7m3", "s"}) {
    CAPTURE(nonsense);
    CHECK(parse_duration(nonsense) == (std::string(nonsense) == "7m3" ? 423 : -1));
  }
}

TEST_CASE("The window finds how much a server bears, and a few refusals by chance do not shut it") {
  CHECK(window_against(1000, 64, 20) == 64);
  const int found = window_against(40, 512, 200);
  CHECK(found >= 36);
  CHECK(found <= 44);
  CHECK(window_against(1, 512, 200) <= 3);
  CHECK(window_against(1000, 64, 200, 0.02) >= 55);
  CHECK(window_against(0, 64, 50) == 1);
}

TEST_CASE("A window that is not used to the full does not widen") {
  ConcurrencyWindow window(1000);
  for (int i = 0; i < 10000; ++i) window.ended(false, false);
  CHECK(window.size() == 16);
}

TEST_CASE("A rate limit gives its rate over time, and a few seconds' worth at once") {
  RateLimit limit;
  limit.set(600, 0);  // 10 a second
  double now = 0;
  int at_once = 0;
  while (limit.ready_at(now) <= now) {
    limit.take(1, now);
    ++at_once;
  }
  CHECK(at_once == 31);  // three seconds' worth, and one on credit
  int taken = 0;
  while (now < 60) {
    now = std::max(limit.ready_at(now), now);
    limit.take(1, now);
    ++taken;
  }
  CHECK(taken >= 598);
  CHECK(taken <= 602);
  SECTION("a request larger than the burst passes, and the next waits for it") {
    now += 100;
    limit.take(300, now);
    CHECK_THAT(limit.ready_at(now), Catch::WithinAbs(now + 27, 1e-6));
  }
  SECTION("a hold is kept") {
    limit.hold_until(now + 50);
    CHECK(limit.ready_at(now) == now + 50);
  }
}

TEST_CASE("Pace learns limits from headers and remembers them, and ignores nonsense") {
  Pace pace({}, 0);
  CHECK(pace.requests_per_second() > 1e6);
  pace.learn({{"x-ratelimit-limit-requests", "0"},
              {"x-ratelimit-remaining-requests", "0"},
              {"x-ratelimit-reset-requests", "1h"}},
             0);
  pace.learn({{"x-ratelimit-limit-requests", "-1"}, {"x-ratelimit-remaining-requests", "-1"}}, 0);
  pace.learn({{"x-ratelimit-limit-requests", "many"}}, 0);
  CHECK(pace.ready_at(0) <= 0);
  CHECK(pace.requests_per_second() > 1e6);
  pace.learn({{"x-ratelimit-limit-requests", "120"}, {"x-ratelimit-limit-tokens", "60000"}}, 0);
  CHECK(pace.requests_per_second() == 2);
  Pace next({}, 100);
  next.restore(json::parse(pace.to_json().dump()), 100);
  CHECK(next.requests_per_second() == 2);
  next.take(3000 + 5000, 100);  // three seconds' worth of tokens are there
  CHECK_THAT(next.ready_at(100), Catch::WithinAbs(105, 1e-6));
  next.settle(5000, 0);
  CHECK_THAT(next.ready_at(100), Catch::WithinAbs(100, 1e-6));
  Pace set({.requests_per_minute = 60}, 0);
  set.learn({{"x-ratelimit-limit-requests", "6000"}}, 0);
  CHECK(set.requests_per_second() == 1);  // learned limits only tighten
}

TEST_CASE("When nobody gets through nothing is sent for a while, longer every time") {
  Pace pace({}, 0);
  double now = 0;
  for (const double pause : {0.25, 0.5, 1.0, 2.0}) {
    for (int i = 0; i < 8; ++i) {
      CHECK(pace.ready_at(now) <= now);
      pace.refused(8, 0, now);
    }
    CHECK_THAT(pace.ready_at(now), Catch::WithinAbs(now + pause, 1e-6));
    now += pause;
  }
  pace.accepted();
  for (int i = 0; i < 8; ++i) pace.refused(2, 0.7, now);
  CHECK_THAT(pace.ready_at(now), Catch::WithinAbs(now + 0.7, 1e-6));
  for (int i = 0; i < 100; ++i) {  // now and then one is refused
    pace.refused(2, 0, now + 1);
    pace.accepted();
  }
  CHECK(pace.ready_at(now + 1) <= now + 1);
}

TEST_CASE("A spent limit is waited for") {
  Pace pace({}, 0);
  pace.learn({{"x-ratelimit-limit-requests", "60"},
              {"x-ratelimit-remaining-requests", "0"},
              {"x-ratelimit-reset-requests", "1.5s"}},
             10);
  CHECK_THAT(pace.ready_at(10), Catch::WithinAbs(11.5, 1e-6));
}

TEST_CASE("When to come back, said by the server itself, counts before its window's end") {
  Pace pace({}, 0);
  pace.learn({{"x-ratelimit-limit-requests", "60"},
              {"x-ratelimit-remaining-requests", "0"},
              {"x-ratelimit-reset-requests", "50s"}},
             10, true);
  CHECK(pace.ready_at(10) <= 10);
}

TEST_CASE("A server whose answers are of no use is left after eight, and for good after three looks at it") {
  CircuitBreaker breaker;
  for (int i = 0; i < 7; ++i) breaker.answered_uselessly(0);
  CHECK(breaker.closed());
  breaker.answered_uselessly(0);
  CHECK_FALSE(breaker.closed());
  breaker.answered_uselessly(0);  // was under way
  double now = 0;
  for (int probe = 0; probe < 3; ++probe) {
    CHECK_FALSE(breaker.is_useless());
    now += 60;
    REQUIRE(breaker.wants_probe(now));
    breaker.looks_well();
    CHECK(breaker.on_probation());
    breaker.answered_uselessly(now);
    CHECK_FALSE(breaker.closed());
  }
  CHECK(breaker.is_useless());
}

TEST_CASE("A breaker opens after failures in a row, and lets a probe through after pauses that double") {
  CircuitBreaker breaker;
  for (int i = 0; i < 4; ++i) breaker.failed(0);
  breaker.succeeded();
  for (int i = 0; i < 4; ++i) breaker.failed(0);
  CHECK(breaker.closed());
  breaker.failed(0);
  CHECK_FALSE(breaker.closed());
  double now = 0;
  for (const double pause : {1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0}) {
    CHECK_FALSE(breaker.wants_probe(now + pause - 0.01));
    now += pause;
    CHECK(breaker.wants_probe(now));
    CHECK_FALSE(breaker.wants_probe(now));  // one at a time
    breaker.failed(now);
    CHECK_FALSE(breaker.closed());
  }
  CHECK(breaker.wants_probe(now + 60));
  breaker.looks_well();
  CHECK(breaker.closed());
  CHECK(breaker.on_probation());
  SECTION("on probation one failure opens it again, for as long as before") {
    breaker.failed(now + 60);
    CHECK_FALSE(breaker.closed());
    CHECK_FALSE(breaker.wants_probe(now + 119));
    CHECK(breaker.wants_probe(now + 120));
  }
  SECTION("a success forgives all") {
    breaker.succeeded();
    CHECK_FALSE(breaker.on_probation());
    for (int i = 0; i < 4; ++i) breaker.failed(now + 60);
    CHECK(breaker.closed());
  }
}

TEST_CASE("Requests go where the fewest are in flight for a server's weight") {
  Provider provider;
  provider.servers = {{"http://a/v1", 1}, {"http://b/v1", 3}};
  ServerPool pool(provider, json::object());
  std::array<int, 2> taken{};
  for (int i = 0; i < 16; ++i) ++taken.at(static_cast<std::size_t>(pool.take()));
  CHECK(taken == std::array{4, 12});
  Verdict ill;
  ill.server_ill = true;
  for (int i = 0; i < 5; ++i) pool.give_back(1, ill, false, 0);
  for (int i = 0; i < 12; ++i) CHECK(pool.take() == 0);  // b is ill
  CHECK(pool.take() == -1);                              // a is full
  CHECK(pool.room() == 0);
}

TEST_CASE("Values are checked against schemas, and the place of a fault is told") {
  const json schema = json::parse(R"({"type":"object","required":["boxes"],"additionalProperties":false,
    "properties":{"boxes":{"type":"array","minItems":1,"maxItems":2,"items":{"type":"object","required":["label"],
    "properties":{"label":{"enum":["rim","handle"]},"score":{"type":"number","minimum":0,"maximum":1},
    "note":{"anyOf":[{"type":"string","maxLength":3},{"type":"null"}]}}}}}})");
  struct Row {
    const char *value, *place;
  };
  for (const Row& row : {Row{R"({"boxes":[{"label":"rim"}]})", ""},
                         Row{R"({"boxes":[{"label":"rim","score":0.5,"note":null},{"label":"handle"}]})", ""},
                         Row{R"([])", "the answer"}, Row{R"({})", "boxes"}, Row{R"({"boxes":[]})", "boxes"},
                         Row{R"({"boxes":[{"label":"rim"},{"label":"rim"},{"label":"rim"}]})", "boxes"},
                         Row{R"({"boxes":[{"label":"spout"}]})", "boxes[0].label"},
                         Row{R"({"boxes":[{"label":"rim","score":2}]})", "boxes[0].score"},
                         Row{R"({"boxes":[{"label":"rim","score":"2"}]})", "boxes[0].score"},
                         Row{R"({"boxes":[{"label":"rim","note":"long"}]})", "boxes[0].note"},
                         Row{R"({"boxes":[{"score":1}]})", "boxes[0].label"},
                         Row{R"({"boxes":[{"label":"rim"}],"more":1})", "more"}}) {
    const std::string found = schema_violation(schema, json::parse(row.value));
    CAPTURE(row.value, found);
    CHECK(found.substr(0, found.find(':')) == row.place);
  }
  const json nested = json::parse(R"({"$ref":"#/$defs/tree","$defs":{"tree":{"type":"object","properties":
    {"name":{"type":"string"},"children":{"type":"array","items":{"$ref":"#/$defs/tree"}}},"required":["name"]}}})");
  CHECK(schema_violation(nested, json::parse(R"({"name":"a","children":[{"name":"b"}]})")).empty());
  CHECK(schema_violation(nested, json::parse(R"({"name":"a","children":[{"name":3}]})"))
            .starts_with("children[0].name"));
  const json either =
      json::parse(R"({"oneOf":[{"type":"integer"},{"type":"number","minimum":5}],"allOf":[{"maximum":9}]})");
  CHECK(schema_violation(either, 3).empty());
  CHECK_FALSE(schema_violation(either, 7).empty());  // fits both
  CHECK(schema_violation(either, 7.5).empty());
  CHECK_FALSE(schema_violation(either, 3.5).empty());  // fits none
  CHECK_FALSE(schema_violation(either, 9.5).empty());
  CHECK(schema_violation_of_text(schema, "```json\n{\"boxes\":[{\"label\":\"rim\"}]}\n```").empty());
  CHECK(schema_violation_of_text(schema, "Sure!") == "the answer: is no JSON");
  CHECK(schema_violation(json::parse(R"({"type":"integer"})"), 2.0).empty());
  CHECK_FALSE(schema_violation(json::parse(R"({"type":"integer"})"), 2.5).empty());
}

TEST_CASE("Lengths of texts are counted in code points, whole numbers compare as such") {
  const auto fits = [](const char* schema, const json& value) {
    return schema_violation(json::parse(schema), value).empty();
  };
  CHECK(fits(R"({"maxLength":6})", "Küche…"));  // 9 bytes
  CHECK_FALSE(fits(R"({"maxLength":5})", "Küche…"));
  CHECK(fits(R"({"minLength":6})", "Küche…"));
  CHECK_FALSE(fits(R"({"minLength":7})", "Küche…"));
  CHECK(fits(R"({"enum":[1,"a"]})", 1.0));
  CHECK(fits(R"({"const":1.0})", 1));
  CHECK_FALSE(fits(R"({"const":1})", true));
  CHECK_FALSE(fits(R"({"const":"1"})", 1));
  CHECK_FALSE(fits(R"({"type":"string"})", 1));
  CHECK_FALSE(fits(R"({"maximum":5})", 18446744073709551615ULL));
  CHECK(fits(R"({"exclusiveMaximum":5})", 4.5));
  CHECK_FALSE(fits(R"({"exclusiveMaximum":5})", 5));
  CHECK_FALSE(fits(R"({"properties":{"a":false}})", {{"a", 1}}));
}

TEST_CASE("Schemas that are none are refused, those of prompts when they are read") {
  for (const char* wrong : {"[]", "3", R"({"type":3})", R"({"properties":3})", R"({"minimum":"a"})",
                            R"({"$ref":"http://example.org/schema"})", R"({"maxLength":-1})"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(check_schema(json::parse(wrong)), std::invalid_argument);
    CHECK_THROWS_AS(schema_violation(json::parse(wrong), 1), std::invalid_argument);
  }
  CHECK_NOTHROW(check_schema(json::parse(R"({"format":"date","pattern":"("})")));  // not looked at
  CHECK_THROWS_WITH(parse_prompt("--- schema\n{\"type\":3}\n--- user\nhi", "p"),
                    Catch::Matchers::ContainsSubstring("prompt p: JSON schema"));
}

TEST_CASE("Answers that are deep, long or many break no check") {
  const json tree = json::parse(R"({"$ref":"#/$defs/tree","$defs":{"tree":{"type":"array",
    "items":{"$ref":"#/$defs/tree"}}}})");
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  CHECK(schema_violation_of_text(tree, nested(90)).empty());
  CHECK(schema_violation_of_text(tree, nested(500'000)).starts_with("the answer: is nested deeper"));
  const json texts = json::parse(R"({"type":"array","uniqueItems":true,
    "items":{"type":"string","pattern":"^(a|b)*$","format":"date"}})");
  CHECK(schema_violation_of_text(texts, "[\"" + std::string(2'000'000, 'a') + "\"]").empty());
  json many = json::array();
  for (int i = 0; i < 100'000; ++i) many.push_back(i);
  CHECK(schema_violation(texts, many) == "the answer: does not fit the schema");
  CHECK(schema_violation(texts, {"a", 1}).starts_with("[1]: "));
}

}  // namespace funcorr
