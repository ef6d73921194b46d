// A pilot before all else, and the guard behind it, by a model that is a function.
#include "labeling/asking/pilot.h"

#include <map>
#include <set>

#include "db/format/error.h"
#include "labeling/asking/asking.h"
#include "labeling/asking/json_question.h"
#include "tests/catch.h"
#include "tests/labeling/asking/scripted_asker.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

constexpr int kItems = 40, kViews = 5;

AnswerUse judge(const Answer& answer) {
  if (answer.text == "box") return AnswerUse::kFound;
  return answer.text == "[]" ? AnswerUse::kNothing : AnswerUse::kUnusable;
}

// Forty items with five requests each, each for two samples.
class ManyQuestions {
 public:
  ManyQuestions() {
    asker.chat = [](const ChatRequest&, int) { return said("box"); };
    plan.passed = [this](const PilotCounts& counts) { passed.push_back(counts); };
  }
  RunEnd run() {
    AskingOptions options;
    options.model = "m";
    options.pilot = pilot;
    options.provider.max_n = max_n;
    Asking asking(options, asker, {});
    asking.use_pilot(plan);
    for (int item = 0; item < kItems; ++item)
      for (int view = 0; view < kViews; ++view) {
        ChatRequest request = asking.request({{"user", std::to_string(view)}});
        request.n = 2;
        request.tag = {"ground", std::to_string(item), ""};
        asking.submit(
            std::move(request), [this](const Answer&) { ++answers; }, judge);
      }
    return asking.run();
  }
  std::string failure() {
    try {
      run();
    } catch (const EnvironmentError& error) {
      return error.what();
    }
    return {};
  }
  int samples() const {
    int sum = 0;
    for (const ChatRequest& request : asker.chats) sum += request.n;
    return sum;
  }

  ScriptedAsker asker;
  PilotOptions pilot;
  PilotPlan plan;
  int max_n = 2;
  std::vector<PilotCounts> passed;
  int answers = 0;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("A pilot asks about different items in different views, then all is asked, once") {
  ManyQuestions questions;
  questions.run();
  CHECK(questions.asker.runs == 2);
  REQUIRE(questions.passed.size() == 1);
  CHECK(questions.passed[0].answers == 48);
  CHECK(questions.answers == kItems * kViews * 2);
  REQUIRE(questions.asker.chats.size() == kItems * kViews);
  std::set<std::string> items, views;
  for (std::size_t i = 0; i < 24; ++i) {
    items.insert(questions.asker.chats[i].tag.item);
    views.insert(questions.asker.chats[i].messages.back().text);
  }
  CHECK(items.size() == 24);
  CHECK(views.size() == kViews);
}

TEST_CASE("A pilot counts calls: where a call brings one sample, the others of its request wait") {
  ManyQuestions questions;
  questions.max_n = 1;
  questions.asker.chat = [](const ChatRequest&, int) { return said("what?"); };
  CHECK_FALSE(questions.failure().empty());
  CHECK(questions.samples() == 24);
  for (const ChatRequest& request : questions.asker.chats) CHECK(request.first_sample == 0);
}

TEST_CASE("A pilot without use stops the run, and says what came back and what to change") {
  ManyQuestions questions;
  questions.plan.advice = [] { return std::string("ask for boxes"); };
  questions.asker.chat = [](const ChatRequest&, int sample) {
    Answer answer = said(sample == 0 ? "let me think about " + std::string(500, 'x') : "");
    answer.finish_reason = "length";
    answer.cost = 0.25;
    return answer;
  };
  const std::string says = questions.failure();
  INFO(says);
  CHECK(questions.samples() == 48);
  CHECK(questions.answers == 48);
  CHECK(questions.passed.empty());
  CHECK(has(says, "0 of its 48 answers of model \"m\""));
  CHECK(has(says, "48 cut by max_tokens = 512"));
  CHECK(has(says, "let me think about xxx"));
  CHECK(has(says, "raise max_tokens"));
  CHECK(has(says, "ask for boxes"));
  CHECK(has(says, "they cost 12;"));
  CHECK(has(says, "pilot = 0"));
  CHECK(says.size() < 2000);
}

TEST_CASE("What is of no use is told apart: empty, refused, calls of tools, other words") {
  ManyQuestions questions;
  questions.asker.chat = [n = 0](const ChatRequest&, int) mutable {
    Answer answer = said("");
    if (n % 4 == 1) answer = refused("no");
    if (n % 4 == 2) answer.finish_reason = "tool_calls";
    if (n % 4 == 3) answer = said("somewhere");
    ++n;
    return answer;
  };
  const std::string says = questions.failure();
  INFO(says);
  CHECK(has(says, "12 empty, 12 calls of tools, 12 refused, 12 not in the form"));
}

TEST_CASE("A pilot bears misses down to its bound, and the word that there is nothing, but not that alone") {
  ManyQuestions questions;
  int found_of_ten = 0, nothing_of_ten = 0;
  questions.asker.chat = [&, n = 0](const ChatRequest&, int) mutable {
    const int at = n++ % 10;
    return said(at < found_of_ten ? "box" : at < found_of_ten + nothing_of_ten ? "[]" : "nowhere");
  };
  std::tie(found_of_ten, nothing_of_ten) =
      GENERATE(std::pair(3, 0), std::pair(1, 2), std::pair(2, 0), std::pair(0, 10));
  const bool passes = found_of_ten > 0 && found_of_ten + nothing_of_ten >= 3;
  CHECK(questions.failure().empty() == passes);
  CHECK(questions.passed.size() == (passes ? 1 : 0));
}

TEST_CASE("No pilot where one passed before, nor where none is wanted") {
  ManyQuestions questions;
  questions.pilot.guard = 0;
  questions.asker.chat = [](const ChatRequest&, int) { return said("nowhere"); };
  if (GENERATE(false, true))
    questions.plan.has_passed = true;
  else
    questions.pilot.requests = 0;
  CHECK(questions.failure().empty());
  CHECK(questions.asker.runs == 1);
  CHECK(questions.answers == kItems * kViews * 2);
}

TEST_CASE("Requests that fail are no answers of a pilot: others go in their place") {
  ManyQuestions questions;
  questions.asker.chat = [n = 0](const ChatRequest&, int) mutable {
    return n++ < 20 ? failed("timeout", "no answer") : said("box");
  };
  CHECK(questions.failure().empty());
  CHECK(questions.asker.runs == 3);  // 24, ten more for those that failed, all others
  CHECK(questions.answers == kItems * kViews * 2);
}

TEST_CASE("A run that is stopped or cannot go on ends as such in the pilot too") {
  ManyQuestions questions;
  questions.asker.ends_at = 0;
  questions.asker.end = {GENERATE(RunEnd::Kind::kStopped, RunEnd::Kind::kFatal), "kind", "why"};
  CHECK(questions.run().kind == questions.asker.end.kind);
  CHECK(questions.asker.chats.size() == 24);
}

TEST_CASE("The guard stops a run that buys nothing of use any more") {
  ManyQuestions questions;
  questions.pilot.guard = 100;
  SECTION("no box") {
    questions.asker.chat = [n = 0](const ChatRequest&, int) mutable { return said(n++ < 60 ? "box" : "[]"); };
    CHECK(has(questions.failure(), "of the last 100 answers of model \"m\" that were bought, none holds"));
  }
  SECTION("all cut, whatever they hold") {
    questions.asker.chat = [](const ChatRequest&, int) {
      Answer answer = said("box");
      answer.finish_reason = "length";
      return answer;
    };
    CHECK(has(questions.failure(), "the last 100 answers of model \"m\" that were bought were all cut"));
  }
  SECTION("not for what comes from the ledger") {
    questions.asker.chat = [n = 0](const ChatRequest&, int) mutable {
      Answer answer = said(n++ < 60 ? "box" : "[]");
      answer.from_ledger = true;
      return answer;
    };
    CHECK(questions.failure().empty());
  }
  SECTION("not while a box comes now and then") {
    questions.asker.chat = [n = 0](const ChatRequest&, int) mutable {
      return said(n++ < 60 || n % 90 == 0 ? "box" : "[]");
    };
    CHECK(questions.failure().empty());
  }
}

TEST_CASE("Questions with a JSON answer have a pilot as well, and are asked again within it") {
  ScriptedAsker asker;
  const Prompt prompt = parse_prompt("--- user\nwhat is {{x}}?\n", "name");
  asker.chat = [](const ChatRequest&, int) { return said("I would say it depends."); };
  AskingOptions options;
  options.model = "m";
  Asking asking(options, asker, {});
  asking.use_pilot({});
  std::map<std::string, int> ended;
  const auto ask = [&](const std::string& item) {
    JsonQuestion question;
    question.prompt = &prompt;
    question.values = {{"x", item}};
    question.tag = {"select", item, ""};
    question.is_usable = [](const nlohmann::json& answer) { return answer.contains("name"); };
    ask_json(asking, std::move(question), [&, item](const Asked<nlohmann::json>&) { ++ended[item]; });
  };
  SECTION("many") {
    for (int i = 0; i < 100; ++i) ask(std::to_string(i));
    CHECK_THROWS_AS(asking.run(), EnvironmentError);
    CHECK(asker.chats.size() == 24);
  }
  SECTION("few, in all fewer requests than the pilot's") {
    ask("a");
    ask("b");
    CHECK(asking.run().kind == RunEnd::Kind::kDone);
    CHECK(asker.chats.size() == 10);
    CHECK(ended == std::map<std::string, int>{{"a", 1}, {"b", 1}});
  }
}

}  // namespace funcorr
