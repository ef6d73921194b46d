// Answers that cannot be read, and what the model is told of them.
#include "labeling/asking/complaint.h"

#include "labeling/asking/json_question.h"
#include "tests/catch.h"
#include "tests/labeling/asking/scripted_asker.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

using nlohmann::json;

}  // namespace

TEST_CASE("A question for JSON complains of each sample once, and takes the first answer that can be used") {
  ScriptedAsker asker;
  std::vector<std::string> told;
  asker.chat = [&](const ChatRequest& request, int sample) {
    if (request.messages.size() == 1) return said(sample == 0 ? "a mug" : R"({"noun": "mug"})");
    told.push_back(request.messages.back().text);
    return said(sample == 0 ? "I said: a mug" : R"({"name": "mug"})");
  };
  Asking asking({.model = "m", .ask_again = true}, asker, {});
  const Prompt prompt = parse_prompt("--- user\nwhat is it?\n", "name");
  JsonQuestion question{
      &prompt, {}, {"select", "a", ""}, 3, [](const json& answer) { return answer.at("name").is_string(); }};
  std::optional<json> value;
  ask_json(asking, std::move(question), [&](const Asked<json>& answer) { value = answer.value; });
  asking.run();
  REQUIRE(value);
  CHECK(value->at("name") == "mug");
  REQUIRE(told.size() == 2);
  CHECK(told[0].find("no complete JSON object") != std::string::npos);
  CHECK(told[1].find("does not hold what was asked for") != std::string::npos);
  CHECK(asker.chats.size() == 4);
}

TEST_CASE("A complaint is advised where the pilot measured that it is cheaper than fresh samples") {
  PilotCounts counts;
  counts.answers = counts.calls = 24;
  counts.found = 8;
  counts.tokens_in = 24 * 300;
  counts.tokens_out = 24 * 20;
  // 320 tokens for each of 24 answers, of which 8 are usable; with a complaint 300 + 20 + 40 and 20 again.
  const std::string advice = complaint_advice(counts, {});
  CHECK(advice.find("16 of the pilot's 24") != std::string::npos);
  CHECK(advice.find("960 tokens") != std::string::npos);
  CHECK(advice.find("380 where") != std::string::npos);
  CHECK(advice.find("ask_again") != std::string::npos);
  counts.found = 22;
  CHECK(complaint_advice(counts, {}).empty());
  counts.found = 8;
  counts.cut = 16;  // that a complaint does not mend
  CHECK(complaint_advice(counts, {}).empty());
  CHECK(complaint_advice({}, {}).empty());
}

}  // namespace funcorr
