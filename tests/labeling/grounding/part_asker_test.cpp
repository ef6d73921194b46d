// Parts of assets in their views, by a model that is a function.
#include "labeling/grounding/part_asker.h"

#include <algorithm>
#include <map>
#include <set>

#include "render/camera.h"
#include "tests/catch.h"
#include "tests/labeling/asking/scripted_asker.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

constexpr int kViews = 3, kSize = 100;

class OneAsset {
 public:
  OneAsset() : workspace{folder_.path()} {
    const std::filesystem::path label = workspace.asset("abc") / "label";
    std::filesystem::create_directories(label);
    write_cameras(label / "cameras.json", labelling_cameras(kViews, kSize, 1));
    asker.chat = [](const ChatRequest&, int) { return said("[[100,200,300,400]]"); };
  }
  static PartQuestion question(const std::string& part, std::vector<int> views, bool is_small = false) {
    return {"abc/" + part, "abc", part, "mug", part + " - of a mug", is_small, std::move(views)};
  }
  void run(const std::vector<PartQuestion>& questions) {
    const Prompt prompt = parse_prompt("--- user\nwhere is the \"{{part}}\"?\n", "ground");
    Asking asking({.model = "m",
                   .provider = {.json_schema = enforces_schema},
                   .ask_again = asks_again,
                   .sampling = {.max_tokens = 99}},
                  asker, {});
    PartAsker parts(options, prompt, workspace, asking,
                    [this](const PartQuestion& question, Asked<std::vector<Box>> boxes) {
                      CHECK_FALSE(ended.contains(question.key));
                      ended[question.key] = std::move(boxes);
                    });
    for (const PartQuestion& each : questions) parts.add(each);
    parts.run();
  }

 private:
  TemporaryFolder folder_;

 public:
  Workspace workspace;
  ScriptedAsker asker;
  GroundingOptions options;
  bool enforces_schema = false, asks_again = false;
  std::map<std::string, Asked<std::vector<Box>>> ended;
};

}  // namespace

TEST_CASE("Every view that shows something is asked for every part, and boxes bear their names") {
  OneAsset asset;
  asset.run({OneAsset::question("rim", {0, 2}), OneAsset::question("body", {0})});
  REQUIRE(asset.ended.size() == 2);
  const std::vector<Box>& boxes = asset.ended.at("abc/rim").value.value();
  REQUIRE(boxes.size() == 8);
  CHECK(boxes.front().view == 0);
  CHECK(boxes.back().view == 2);
  std::set<std::int64_t> paid;
  for (const Box& box : boxes) {
    CHECK(box.uid == "abc");
    CHECK(box.part == "rim");
    CHECK(box.pixels == PixelBox{10, 20, 30, 40});
    paid.insert(box.request_id);
  }
  CHECK(paid.size() == 8);
  CHECK(asset.ended.at("abc/body").value->size() == 4);
}

TEST_CASE("A request says which part, for whom, and shows the view, parts share a view's picture") {
  OneAsset asset;
  asset.run({OneAsset::question("rim", {1}), OneAsset::question("body", {1})});
  REQUIRE(asset.asker.chats.size() == 2);
  const ChatRequest& rim = asset.asker.chats.front();
  CHECK(rim.messages.back().text == "where is the \"rim - of a mug\"?");
  CHECK(rim.model == "m");
  CHECK(rim.sampling.max_tokens == 99);
  CHECK(rim.first_sample == 0);
  CHECK(rim.n == 4);
  CHECK(rim.tag.stage == "ground");
  CHECK(rim.tag.item == "abc/rim");
  CHECK(rim.tag.category == "mug");
  REQUIRE(rim.image);
  CHECK(rim.image == asset.asker.chats.back().image);
}

TEST_CASE("A small part is asked for again in a crop with a picture of its own") {
  OneAsset asset;
  asset.run({OneAsset::question("rim", {1}, true)});
  REQUIRE(asset.asker.chats.size() == 2);
  CHECK(asset.asker.chats[0].image != asset.asker.chats[1].image);
  const std::vector<Box>& boxes = asset.ended.at("abc/rim").value.value();
  CHECK(std::ranges::count(boxes, 2, &Box::pass) == 4);
}

TEST_CASE("A part is refused where no reply has a box and one was refused, not seen is no refusal") {
  OneAsset asset;
  asset.options.max_attempts = 4;
  asset.asker.chat = [](const ChatRequest& request, int sample) {
    const std::string& text = request.messages.back().text;
    if (text.find("weapon") != std::string::npos && sample == 2) return refused("I will not");
    return text.find("rim") != std::string::npos && sample == 0 ? said("[[0,0,500,500]]") : said("nothing");
  };
  asset.run({OneAsset::question("weapon", {0}), OneAsset::question("handle", {0}),
             OneAsset::question("weapon rim", {0})});
  CHECK(asset.ended.at("abc/weapon").failure.kind == AskingFailure::Kind::kRefused);
  CHECK(asset.ended.at("abc/weapon").failure.error == "the model refused: I will not");
  CHECK(asset.ended.at("abc/handle").value.value().empty());
  CHECK(asset.ended.at("abc/weapon rim").value.value().size() == 1);
}

TEST_CASE("A part with an unanswered sample has failed, is asked for no further, and leaves others alone") {
  OneAsset asset;
  asset.asker.chat = [](const ChatRequest& request, int sample) {
    if (request.tag.item == "abc/rim" && sample == 3) return failed("timeout", "no answer in time");
    return said("nothing");
  };
  asset.run({OneAsset::question("rim", {1}), OneAsset::question("body", {1})});
  const AskingFailure& failure = asset.ended.at("abc/rim").failure;
  CHECK(failure.kind == AskingFailure::Kind::kUnanswered);
  CHECK(failure.error_kind == "timeout");
  CHECK(failure.error == "view 1: no answer in time");
  CHECK(asset.ended.at("abc/body").value.value().empty());
  std::map<std::string, int> samples;
  for (const ChatRequest& request : asset.asker.chats) samples[request.tag.item] += request.n;
  CHECK(samples == std::map<std::string, int>{{"abc/rim", 4}, {"abc/body", 8}});
}

TEST_CASE(
    "Where nothing can be asked any more, every open part ends so, a part without views is over at once") {
  OneAsset asset;
  asset.asker.ends_at = 0;
  SECTION("no credit") {
    asset.asker.end = {RunEnd::Kind::kFatal, "insufficient_quota", "no credit"};
    asset.run(
        {OneAsset::question("rim", {0}), OneAsset::question("body", {0}), OneAsset::question("ear", {})});
    CHECK(asset.ended.at("abc/rim").failure.kind == AskingFailure::Kind::kFatal);
    CHECK(asset.ended.at("abc/body").failure.error == "no credit");
    CHECK(asset.ended.at("abc/ear").value.value().empty());
  }
  SECTION("stopped") {
    asset.asker.end.kind = RunEnd::Kind::kStopped;
    asset.run({OneAsset::question("rim", {0})});
    CHECK(asset.ended.empty());
  }
}

TEST_CASE("A schema goes with a request where the servers enforce one, of JSON formats or the prompt's own") {
  OneAsset asset;
  asset.asker.chat = [](const ChatRequest&, int) { return said(R"([{"bbox_2d": [100,200,300,400]}])"); };
  asset.options.box_format = GENERATE("qwen3-vl", "cogvlm");
  const bool is_json = asset.options.box_format == "qwen3-vl";
  asset.run({OneAsset::question("rim", {1})});
  CHECK_FALSE(asset.asker.chats.front().schema);
  asset.asker.chats.clear();
  asset.ended.clear();
  asset.enforces_schema = true;
  asset.run({OneAsset::question("rim", {1})});
  REQUIRE(asset.asker.chats.front().schema.has_value() == is_json);
  if (is_json) CHECK(*asset.asker.chats.front().schema == box_schema(box_format("qwen3-vl")));
}

TEST_CASE("Grounding options out of their range are refused by the library too") {
  OneAsset asset;
  asset.options.box_format = "esperanto";
  CHECK_THROWS_AS(asset.run({}), UsageError);
}

TEST_CASE("An answer without a box is complained of once, and the reply stands in for its sample") {
  OneAsset asset;
  asset.asks_again = GENERATE(false, true);
  asset.options.boxes = 2;
  asset.options.max_attempts = 2;
  asset.asker.chat = [](const ChatRequest& request, int sample) {
    if (request.messages.size() == 1) return said(sample == 0 ? "it is on top" : "[[100,200,300,400]]");
    CHECK(request.n == 1);
    CHECK(sample == 0);
    CHECK(request.image);
    CHECK(request.messages.size() == 3);
    CHECK(request.messages[1].role == "assistant");
    CHECK(request.messages[1].text == "it is on top");
    CHECK(request.messages[2].text.starts_with("Your answer could not be read: there is no box in it."));
    return said("[[500,600,700,800]]");
  };
  asset.run({OneAsset::question("rim", {0})});
  const std::vector<Box> boxes = asset.ended.at("abc/rim").value.value();
  CHECK(asset.asker.chats.size() == (asset.asks_again ? 2 : 1));
  REQUIRE(boxes.size() == (asset.asks_again ? 2 : 1));
  CHECK(boxes.front().sample == (asset.asks_again ? 0 : 1));
}

TEST_CASE("Nobody is told of answers that are read, cut, empty or refused, nor twice") {
  OneAsset asset;
  asset.asks_again = true;
  asset.options.boxes = asset.options.max_attempts = 1;
  Answer first = said("[[100,200,300,400]]");
  std::size_t chats = 1;
  SECTION("read") {}
  SECTION("flagged") { first = said("[[100,200,100,200]]"); }
  SECTION("cut") {
    first = said("it is on");
    first.finish_reason = "length";
  }
  SECTION("empty") { first = said(""); }
  SECTION("refused") { first = refused("no"); }
  SECTION("not answered") { first = failed("timeout", "no answer"); }
  SECTION("twice") {
    first = said("it is on top");
    chats = 2;
  }
  asset.asker.chat = [&](const ChatRequest&, int) { return first; };
  asset.run({OneAsset::question("rim", {0})});
  CHECK(asset.asker.chats.size() == chats);
  CHECK(asset.ended.size() == 1);
}

}  // namespace funcorr
