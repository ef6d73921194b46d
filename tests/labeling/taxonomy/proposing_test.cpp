// A taxonomy by a model that is a table.
#include "labeling/taxonomy/proposing.h"

#include <map>
#include <optional>

#include "tests/catch.h"
#include "tests/labeling/asking/scripted_asker.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

using Rows = std::vector<FunctionRow>;

ProposingPrompts prompts() {
  return {parse_prompt("--- user\n{{count}} functions\n", "functions"),
          parse_prompt("--- user\n{{count}} categories of {{function}} ({{description}})\n", "categories")};
}

class Proposed {
 public:
  Proposed() {
    options.functions = 3;
    options.categories_per_function = 2;
    options.duplicates.embeddings = false;
    asker.chat = [this](const ChatRequest& request, int) {
      const auto found = replies.find(request.messages.back().text);
      return found == replies.end() ? failed("timeout", "nobody answers") : said(found->second);
    };
    asker.embed = [this](const std::string& text) {
      return text == odd ? std::vector<float>{1, 0.1F} : std::vector<float>{text == twin ? 1.F : 0.F, 1};
    };
  }
  void run() {
    Asking asking({.model = "m"}, asker, {});
    const ProposingPrompts questions = prompts();
    Proposing(options, questions, asking).run([this](Asked<Rows> asked) {
      CHECK_FALSE(ended);
      ended = std::move(asked);
    });
  }

  ScriptedAsker asker;
  ProposingOptions options;
  std::map<std::string, std::string> replies;
  std::string twin, odd;  // of the texts that are embedded, which are near each other
  std::optional<Asked<Rows>> ended;
};

const char* const kFunctions = R"({"functions": [{"name": "Pour-With", "description": "let run"},
  {"name": "cut-with"}, {"name": 3}, "hang-onto", {"name": "pour with", "description": "again"}]})";

}  // namespace

TEST_CASE("Functions come first, then the categories of each, in the order in which they were named") {
  Proposed made;
  made.replies = {{"3 functions", kFunctions},
                  {"2 categories of pour-with (let run)", R"({"categories": ["Mug", "jug", 7]})"},
                  {"2 categories of cut-with ()", R"({"categories": ["knife", "mugs"]})"}};
  made.run();
  REQUIRE(made.ended);
  const Rows& rows = made.ended->value.value();
  const auto says = [&](std::size_t row, bool keep, const char* function, const char* category) {
    return rows.at(row).keep == keep && rows.at(row).function == function &&
           rows.at(row).category == category;
  };
  REQUIRE(rows.size() == 5);
  CHECK(says(0, true, "pour-with", "mug"));
  CHECK(says(1, true, "pour-with", "jug"));
  CHECK(says(2, true, "cut-with", "knife"));
  CHECK(says(3, true, "cut-with", "mug"));  // by whatever ending
  CHECK(rows[3].note == "\"mugs\" was taken for it (spelling)");
  CHECK(says(4, false, "pour with", "-"));
  CHECK(rows[4].note == "the same as \"pour-with\" (spelling)");
  CHECK(rows[0].description == "let run");
  CHECK(made.asker.chats.size() == 3);  // the double's categories were not asked for
  CHECK(made.asker.texts.empty());
}

TEST_CASE("Names that mean the same are found by their vectors, where that is wanted") {
  Proposed made;
  made.options.duplicates.embeddings = true;
  made.twin = "tumbler";
  made.odd = "cup";
  made.options.duplicates.min_cosine = 0.7;
  made.replies = {{"3 functions", R"({"functions": [{"name": "drink-from", "description": "d"}]})"},
                  {"2 categories of drink-from (d)", R"({"categories": ["tumbler", "cup"]})"}};
  made.run();
  const Rows& rows = made.ended.value().value.value();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].category == "tumbler");
  CHECK(made.asker.texts.size() == 3);
}

TEST_CASE("A question without a usable answer fails the proposal and says why") {
  Proposed made;
  made.options.tries = 2;
  made.replies = {{"3 functions", R"({"functions": [{"name": "pour-with", "description": "d"}]})"}};
  SECTION("no answer") {
    made.run();
    CHECK(made.ended.value().failure.error_kind == "timeout");
  }
  SECTION("an empty list") {
    made.replies["2 categories of pour-with (d)"] = R"({"categories": []})";
    made.run();
    CHECK(made.ended.value().failure.error_kind == "unusable_answer");
    CHECK(made.asker.chats.size() == 3);
  }
  SECTION("nothing in the list that is a name") {
    made.replies["2 categories of pour-with (d)"] = R"({"categories": [1, 2]})";
    made.run();
    CHECK(made.ended.value().failure.error_kind == "unusable_answer");
  }
  CHECK_FALSE(made.ended.value().value);
  CHECK(made.ended.value().failure.kind == AskingFailure::Kind::kUnanswered);
}

TEST_CASE("A proposal that cannot go on says so; one that is stopped says nothing") {
  Proposed made;
  made.options.duplicates.embeddings = true;
  made.replies = {{"3 functions", kFunctions}};
  made.asker.ends_at = GENERATE(0, 1);
  SECTION("no credit") {
    made.asker.end = {RunEnd::Kind::kFatal, "insufficient_quota", "no credit"};
    made.run();
    CHECK(made.ended.value().failure.kind == AskingFailure::Kind::kFatal);
  }
  SECTION("stopped") {
    made.asker.end.kind = RunEnd::Kind::kStopped;
    made.run();
    CHECK_FALSE(made.ended);
  }
}

}  // namespace funcorr
