// From captions to categories, step by step, by a model that is a table.
#include "labeling/selection/selecting.h"

#include <algorithm>
#include <map>
#include <set>

#include "tests/catch.h"
#include "tests/labeling/asking/scripted_asker.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

const std::vector<std::string> kCategories{"bowl", "hammer", "mug"};

// A name's vector points to its category; "cup" lies between mug and bowl, nearer to the mug.
std::vector<float> vector_of(const std::string& text) {
  if (text == "bowl") return {2, 0, 0};
  if (text == "hammer") return {0, 3, 0};
  if (text == "mug") return {0, 0, 1};
  if (text == "cup") return {0.5F, 0, 0.8F};
  return {1, 1, 1};
}

// The prompts put what was asked into the question's text.
SelectionPrompts prompts() {
  return {parse_prompt("--- user\nname of {{caption}}\n", "name"),
          parse_prompt("--- user\n{{caption}} is {{category}}?\n", "verify")};
}

class ByTable {
 public:
  ByTable() {
    asker.embed = vector_of;
    asker.chat = [this](const ChatRequest& request, int sample) {
      const auto found = replies.find(request.messages.back().text);
      if (found == replies.end()) return failed("timeout", "nobody answers");
      const auto at = std::min(static_cast<std::size_t>(sample), found->second.size() - 1);
      return said(found->second[at]);
    };
  }
  void run(const std::vector<AssetToSelect>& assets) {
    Asking asking({.model = "m"}, asker, {});
    const SelectionPrompts questions = prompts();
    Selecting selecting(options, questions, kCategories, vectors, asking,
                        [this](const std::string& uid, Asked<Selection> asked) {
                          CHECK_FALSE(ended.contains(uid));
                          ended[uid] = std::move(asked);
                        });
    for (const AssetToSelect& asset : assets) selecting.add(asset);
    selecting.run();
  }
  std::string category(const std::string& uid) const { return ended.at(uid).value.value().category; }
  Dropped dropped(const std::string& uid) const { return ended.at(uid).value.value().dropped; }

  ScriptedAsker asker;
  SelectionOptions options;
  std::map<std::string, std::vector<std::string>>
      replies;  // to a question: of its samples, the last for all further
  TextVectors vectors;
  std::map<std::string, Asked<Selection>> ended;
};

}  // namespace

TEST_CASE("A caption leads to a name, its nearest category and a check; every loss has its step") {
  ByTable made;
  made.replies = {
      {"name of a red mug", {R"({"name": "mug"})"}},     {"a red mug is mug?", {R"(Sure: {"fits": true})"}},
      {"name of two forks", {R"({"name": "none"})"}},    {"name of a dinosaur", {R"({"name": "dinosaur"})"}},
      {"name of a mug of beer", {R"({"name": "mug"})"}}, {"a mug of beer is mug?", {R"({"fits": false})"}}};
  made.run(
      {{"a", "a red mug", ""}, {"b", "two forks", ""}, {"c", "a dinosaur", ""}, {"d", "a mug of beer", ""}});
  REQUIRE(made.ended.size() == 4);
  CHECK(made.category("a") == "mug");
  CHECK(made.dropped("a") == Dropped::kKept);
  CHECK(made.dropped("b") == Dropped::kNoName);
  CHECK(made.dropped("c") == Dropped::kNoMatch);
  CHECK(made.ended.at("c").value->reason == "\"dinosaur\" is nearest to \"bowl\", cosine 0.58");
  CHECK(made.dropped("d") == Dropped::kNotVerified);
  CHECK(made.category("d").empty());
  for (const ChatRequest& request : made.asker.chats) CHECK(request.tag.stage == "select");
  CHECK(made.asker.chats.front().tag.item == "a");
}

TEST_CASE("The nearest categories are checked one after the other, until one fits") {
  ByTable made;
  made.options.top_k = 3;
  made.options.min_cosine = 0.4;
  made.replies = {{"name of a cup", {R"({"name": "cup"})"}},
                  {"a cup is mug?", {R"({"fits": false})"}},
                  {"a cup is bowl?", {R"({"fits": true})"}}};
  made.run({{"a", "a cup", ""}});
  CHECK(made.category("a") == "bowl");
  const auto& candidates = made.ended.at("a").value->candidates;
  REQUIRE(candidates.size() == 2);  // the hammer's cosine is 0
  CHECK(candidates[0].category == "mug");
  CHECK(made.asker.chats.size() == 3);
}

TEST_CASE("An answer that cannot be used is asked for again, so often and no more") {
  ByTable made;
  made.options.tries = 3;
  made.replies = {{"name of a mug", {"what?", R"({"name": 3})", R"({"name": "mug"})"}},
                  {"a mug is mug?", {R"({"fits": "yes"})"}},
                  {"name of a bowl", {R"({"name": "bowl"})"}},
                  {"a bowl is bowl?", {R"({"fits": true})"}}};
  made.run({{"a", "a mug", ""}, {"b", "a bowl", ""}, {"c", "unheard", ""}});
  CHECK(made.category("b") == "bowl");
  const AskingFailure& unusable = made.ended.at("a").failure;
  CHECK_FALSE(made.ended.at("a").value);
  CHECK(unusable.kind == AskingFailure::Kind::kUnanswered);
  CHECK(unusable.error_kind == "unusable_answer");
  CHECK(unusable.error.find("3 tries") != std::string::npos);
  CHECK(made.ended.at("c").failure.error_kind == "timeout");
  std::set<int> samples;
  for (const ChatRequest& request : made.asker.chats)
    if (request.messages.back().text == "a mug is mug?") samples.insert(request.first_sample);
  CHECK(samples == std::set<int>{0, 1, 2});
}

TEST_CASE("Steps without a model ask for nothing") {
  ByTable made;
  made.options.match = CategoryMatch::kSpelling;
  made.options.verify = CategoryCheck::kNone;
  SECTION("names of a table") {
    made.options.names = NameSource::kTable;
    made.run({{"a", "whatever", "Mugs"}, {"b", "a mug", ""}, {"c", "whatever", "elephant"}});
    CHECK(made.category("a") == "mug");
    CHECK(made.dropped("b") == Dropped::kNoName);
    CHECK(made.dropped("c") == Dropped::kNoMatch);
  }
  SECTION("captions as they are") {
    made.options.names = NameSource::kCaption;
    made.run({{"a", "hammer", "mug"}});
    CHECK(made.category("a") == "hammer");
  }
  CHECK(made.asker.runs == 0);
}

TEST_CASE("A text is embedded once, whatever the batch") {
  ByTable made;
  made.options.names = NameSource::kCaption;
  made.options.verify = CategoryCheck::kNone;
  made.run({{"a", "cup", ""}});
  CHECK(made.asker.texts.size() == 4);  // with the categories
  made.run({{"b", "cup", ""}, {"c", "mug", ""}});
  CHECK(made.asker.texts.size() == 4);
  CHECK(made.category("b") == "mug");
}

TEST_CASE("A run that cannot go on says so once; one that is stopped says nothing") {
  ByTable made;
  made.replies = {{"name of a mug", {R"({"name": "mug"})"}}};
  made.asker.ends_at = GENERATE(0, 1, 2);
  SECTION("no credit") {
    made.asker.end = {RunEnd::Kind::kFatal, "insufficient_quota", "no credit"};
    made.run({{"a", "a mug", ""}, {"b", "a mug", ""}});
    REQUIRE(made.ended.size() == 1);
    CHECK(made.ended.at("a").failure.kind == AskingFailure::Kind::kFatal);
    CHECK(made.ended.at("a").failure.error_kind == "insufficient_quota");
  }
  SECTION("stopped") {
    made.asker.end.kind = RunEnd::Kind::kStopped;
    made.run({{"a", "a mug", ""}});
    CHECK(made.ended.empty());
  }
}

TEST_CASE("A category without a vector stops the selection") {
  ByTable made;
  made.options.names = NameSource::kCaption;
  made.asker.embed = [](const std::string& text) {
    return text == "hammer" ? std::vector<float>{} : vector_of(text);
  };
  made.run({{"a", "mug", ""}});
  CHECK(made.ended.at("a").failure.kind == AskingFailure::Kind::kFatal);
}

TEST_CASE("Options out of their range are refused by the library too") {
  ByTable made;
  made.options.top_k = 0;
  CHECK_THROWS_AS(made.run({}), UsageError);
}

// --- the cap --------------------------------------------------------------------------------------------

namespace {

Selection selected(const std::string& uid, const std::string& category, Dropped dropped = Dropped::kKept) {
  Selection selection;
  selection.uid = uid;
  selection.category = category;
  selection.dropped = dropped;
  return selection;
}

// The later letters have the lower numbers.
std::uint64_t by_letter(const std::string& uid) { return static_cast<std::uint64_t>('z' - uid.front()); }

std::map<std::string, Dropped> changes(const CapResult& result) {
  std::map<std::string, Dropped> all;
  for (const Selection& selection : result.changed) all[selection.uid] = selection.dropped;
  return all;
}

}  // namespace

TEST_CASE("A category keeps those that are drawn lowest, whatever the order they come in") {
  const std::vector<Selection> all{selected("a", "mug"), selected("b", "mug"), selected("c", "mug"),
                                   selected("d", "bowl"), selected("e", "", Dropped::kNoMatch)};
  const CapResult capped = apply_cap(all, 2, by_letter);
  CHECK(changes(capped) == std::map<std::string, Dropped>{{"a", Dropped::kOverCap}});
  CHECK(capped.changed.at(0).reason == "2 of 3 are kept");
  CHECK(capped.changed.at(0).category == "mug");
  CHECK(capped.counts ==
        std::map<Dropped, std::int64_t>{{Dropped::kKept, 3}, {Dropped::kOverCap, 1}, {Dropped::kNoMatch, 1}});
  std::vector<Selection> reversed(all.rbegin(), all.rend());
  CHECK(changes(apply_cap(reversed, 2, by_letter)) == changes(capped));
  CHECK(apply_cap(all, 0, by_letter).changed.empty());
}

TEST_CASE("A cap that grows gives places back; an asset that comes later takes one place at most") {
  const std::vector<Selection> capped{selected("a", "mug", Dropped::kOverCap),
                                      selected("b", "mug", Dropped::kOverCap), selected("c", "mug")};
  CHECK(apply_cap(capped, 1, by_letter).changed.empty());
  const CapResult grown = apply_cap(capped, 2, by_letter);
  CHECK(changes(grown) == std::map<std::string, Dropped>{{"b", Dropped::kKept}});
  CHECK(grown.changed.at(0).reason.empty());
  std::vector<Selection> more = capped;
  more.push_back(selected("d", "mug"));
  CHECK(changes(apply_cap(more, 1, by_letter)) == std::map<std::string, Dropped>{{"c", Dropped::kOverCap}});
}

}  // namespace funcorr
