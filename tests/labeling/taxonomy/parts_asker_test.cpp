// Parts of categories by a model that is a table, and what is known before it is asked.
#include "labeling/taxonomy/parts_asker.h"

#include <map>

#include "labeling/taxonomy/known_parts.h"
#include "tests/catch.h"
#include "tests/labeling/asking/scripted_asker.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

PartsPrompts prompts() {
  return {parse_prompt("--- user\n{{category}}: {{function}} ({{description}})\n", "list"),
          parse_prompt("--- user\n{{part}} of {{category}}: {{descriptions}}\n", "describe")};
}

class AskedParts {
 public:
  AskedParts() {
    options.duplicates.embeddings = false;
    asker.chat = [this](const ChatRequest& request, int) {
      const auto found = replies.find(request.messages.back().text);
      return found == replies.end() ? failed("timeout", "nobody answers") : said(found->second);
    };
  }
  void run(const std::map<std::string, TaxonomyCategory>& categories) {
    const std::map<std::string, std::string> functions{{"pour-with", "let run"}, {"hold-with", "take"}};
    Asking asking({.model = "m"}, asker, {});
    const PartsPrompts questions = prompts();
    PartsAsker parts(options, questions, functions, asking,
                     [this](const std::string& category, Asked<TaxonomyCategory> entry) {
                       CHECK_FALSE(ended.contains(category));
                       ended[category] = std::move(entry);
                     });
    for (const auto& [category, entry] : categories) parts.add(category, entry);
    parts.run();
  }

  ScriptedAsker asker;
  PartsOptions options;
  std::map<std::string, std::string> replies;
  std::map<std::string, Asked<TaxonomyCategory>> ended;
};

}  // namespace

TEST_CASE("Parts of several functions are brought together by name and described once") {
  AskedParts made;
  made.replies = {
      {"mug: pour-with (let run)",
       R"({"parts": [{"name": " Rim ", "description": "the\nedge"}, {"name": "mug"}, {"name": "rims"}]})"},
      {"mug: hold-with (take)",
       R"({"parts": [{"name": "handle", "description": "a bow"}, {"name": "rim", "description": "on top"}, {}]})"},
      {"rim of mug: on top\nthe edge", R"({"description": "upper\nedge", "small": true, "edge": true})"},
      {"handle of mug: a bow", R"({"description": "a bow", "small": false, "edge": false})"}};
  made.run({{"mug", {{"hold-with", "pour-with"}, {{"logo", {}}}}}});
  const TaxonomyCategory entry = made.ended.at("mug").value.value();
  CHECK(entry.functions == std::vector<std::string>{"hold-with", "pour-with"});
  REQUIRE(entry.parts.size() == 3);
  const TaxonomyPart& rim = entry.parts.at("rim");
  CHECK(rim.description == "upper edge");
  CHECK(rim.functions == std::vector<std::string>{"hold-with", "pour-with"});
  CHECK(rim.is_small);
  CHECK(rim.is_edge);
  CHECK(entry.parts.at("handle").functions == std::vector<std::string>{"hold-with"});
  CHECK(entry.parts.at("logo").functions.empty());  // was there before
  for (const ChatRequest& request : made.asker.chats) {
    CHECK(request.tag.stage == "parts");
    CHECK(request.tag.category == "mug");
  }
}

TEST_CASE("One category's failure leaves the others alone; the end of all asking is told once") {
  AskedParts made;
  made.replies = {{"mug: pour-with (let run)", R"({"parts": [{"name": "rim"}]})"},
                  {"rim of mug: ", R"({"description": "", "small": true, "edge": true})"}};
  const std::map<std::string, TaxonomyCategory> two{{"jug", {{"pour-with"}, {}}},
                                                    {"mug", {{"pour-with"}, {}}}};
  SECTION("one fails") {
    made.run(two);
    CHECK(made.ended.at("jug").failure.error_kind == "timeout");
    CHECK(made.ended.at("mug").value.value().parts.contains("rim"));
  }
  SECTION("all asking ends") {
    made.asker.ends_at = GENERATE(0, 1);
    made.asker.end = {RunEnd::Kind::kFatal, "insufficient_quota", "no credit"};
    made.run(two);
    REQUIRE(made.ended.size() == 1);
    CHECK(made.ended.begin()->second.failure.kind == AskingFailure::Kind::kFatal);
  }
}

TEST_CASE("Parts whose names mean the same become one, named by that with more functions") {
  AskedParts made;
  made.options.duplicates.embeddings = true;
  made.asker.embed = [](const std::string& text) {
    return text == "spout" ? std::vector<float>{0, 1} : std::vector<float>{1, 0};
  };
  made.replies = {
      {"mug: pour-with (let run)", R"({"parts": [{"name": "brim"}, {"name": "rim"}, {"name": "spout"}]})"},
      {"mug: hold-with (take)", R"({"parts": [{"name": "rim"}]})"},
      {"rim of mug: ", R"({"description": "r", "small": true, "edge": true})"},
      {"spout of mug: ", R"({"description": "s", "small": true, "edge": false})"}};
  made.run({{"mug", {{"hold-with", "pour-with"}, {}}}});
  const auto parts = made.ended.at("mug").value.value().parts;
  CHECK(parts.size() == 2);
  CHECK(parts.at("rim").description == "r");
  CHECK(parts.contains("spout"));
}

TEST_CASE("What is known of a category's parts: the taxonomy, a review in its place, and names in files") {
  const TemporaryFolder folder;
  Taxonomy taxonomy;
  taxonomy.functions = {{"pour-with", "let run"}};
  taxonomy.categories["mug"] = {{"pour-with"}, {{"rim", {"edge", {"pour-with"}, true, true}}}};
  taxonomy.categories["jug"] = {{"pour-with"}, {}};
  taxonomy.categories["pot"] = {{"pour-with"}, {{"lid", {}}}};
  const auto table = folder.write(
      "reviewed.csv",
      part_table(std::vector<PartRow>{{true, "pot", "spout", {"s", {"pour-with"}, false, false}, ""},
                                      {false, "pot", "lid", {}, ""}}));
  KnownParts known = known_parts(taxonomy, table);
  known.named["mug"] = {"rim", "mesh 1"};
  known.named["lamp"] = {"bulb"};

  CHECK(known.has("lamp"));
  CHECK_FALSE(known.has("axe"));
  CHECK(known.entry("mug").parts.size() == 2);
  CHECK(known.entry("mug").parts.at("rim").description == "edge");
  CHECK(known.entry("mug").parts.at("mesh 1").functions.empty());
  CHECK(known.entry("pot").parts.size() == 1);
  CHECK(known.entry("pot").parts.contains("spout"));
  CHECK(known.entry("lamp").parts.contains("bulb"));
  CHECK(known.entry_without_parts("mug").parts.size() == 1);

  using enum AskForParts;
  CHECK_FALSE(known.is_asked("mug", kNever));
  CHECK_FALSE(known.is_asked("mug", kMissing));
  CHECK(known.is_asked("jug", kMissing));
  CHECK(known.is_asked("mug", kAll));
  CHECK_FALSE(known.is_asked("pot", kAll));  // reviewed
  CHECK_FALSE(known.is_asked("lamp", kAll));
  CHECK(known.sources("mug", kNever, "prompts") == known.sources("mug", kMissing, "prompts"));
  CHECK(known.sources("mug", kAll, "prompts") ==
        known.sources("mug", kNever, "") + "\npour-with: let runprompts");
}

TEST_CASE("Categories that assets have get parts where any are known; the others are told of") {
  KnownParts known;
  known.taxonomy.categories = {{"mug", {}}, {"jug", {}}};
  known.named["lamp"] = {"bulb"};
  const std::map<std::string, std::int64_t> present{{"", 2}, {"axe", 3}, {"lamp", 1}, {"mug", 5}};
  const WantedCategories wanted = wanted_categories(known, present, false);
  CHECK(wanted.names == std::set<std::string>{"lamp", "mug"});
  REQUIRE(wanted.complaints.size() == 2);
  CHECK(wanted.complaints[0] == "2 assets have no category and get no parts");
  CHECK(wanted.complaints[1].find("\"axe\" (3 assets)") != std::string::npos);
  CHECK(wanted_categories(known, present, true).names == std::set<std::string>{"jug", "lamp", "mug"});
}

TEST_CASE("The taxonomy of parts is named or imported, not both") {
  const TemporaryFolder folder;
  const auto file =
      folder.write("t.json", R"({"functions": [], "categories": {"axe": {"functions": [], "parts": {}}}})");
  const auto read = [&](const KnownPartsOptions& options) {
    return read_known_parts(options, {folder.path()}, file, [](const std::string&) {});
  };
  CHECK(read({}).has("axe"));
  CHECK(read({.import = file}).has("axe"));
  CHECK_THROWS_AS(read({.taxonomy = file, .import = file}), UsageError);
}

}  // namespace funcorr
