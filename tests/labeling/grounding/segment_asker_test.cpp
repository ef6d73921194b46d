// Masks of boxes, by a model that is a function.
#include "labeling/grounding/segment_asker.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "labeling/grounding/grounding_need.h"
#include "render/camera.h"
#include "tests/catch.h"
#include "tests/labeling/asking/scripted_asker.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

constexpr int kViews = 3, kSize = 100;

// All of a picture of so many pixels a side.
std::string all_of(int side) {
  return fmt::format(R"({{"size": [{0}, {0}], "counts": [0, {1}], "score": 0.5}})", side, side * side);
}

// The side of the crop that a question's box of 20 × 20 px is shown in.
constexpr int kCrop = 30;

Box box_in(int view, const PixelBox& pixels, int sample = 0, int pass = 1) {
  return {.pixels = pixels, .view = view, .pass = pass, .sample = sample};
}

struct Ended {
  Asked<std::vector<Box>> boxes;
  std::vector<Segment> segments;
};

class OneAsset {
 public:
  OneAsset() : workspace{folder_.path()} {
    const std::filesystem::path label = workspace.asset("abc") / "label";
    std::filesystem::create_directories(label);
    write_cameras(label / "cameras.json", labelling_cameras(kViews, kSize, 1));
    asker.chat = [](const ChatRequest&, int) { return said(all_of(kCrop)); };
    options.format = MaskFormat::kSam;
  }
  static PartQuestion question(const std::string& part) {
    return {"abc/" + part, "abc", part, "mug", part + " - \"of\" a mug", false, {0, 1, 2}};
  }
  // Each part with these boxes; what is wrong with masks.
  std::string run(const std::vector<std::string>& parts, const std::vector<Box>& boxes) {
    const Prompt prompt = parse_prompt("--- user\n{{part_json}} [{{box}}] [{{box_2d}}]\n", "segment");
    Asking asking({.model = "m", .provider = {.name = "p"}}, asker, {});
    SegmentAsker masks(options, grounding, segment_provider(options, "p"), prompt, workspace, asking,
                       [this](const PartQuestion& question, Asked<std::vector<Box>> of_part,
                              const std::vector<Segment>& segments) {
                         CHECK_FALSE(ended.contains(question.part));
                         ended[question.part] = {std::move(of_part), segments};
                       });
    for (const std::string& part : parts) masks.add(question(part), {boxes, {}});
    masks.end(asking.run());
    return masks.example();
  }

 private:
  TemporaryFolder folder_;

 public:
  Workspace workspace;
  ScriptedAsker asker;
  SegmentOptions options;
  GroundingOptions grounding;
  std::map<std::string, Ended> ended;
};

}  // namespace

TEST_CASE("Of each view the first different boxes that count are segmented") {
  const PixelBox a{0, 0, 10, 10}, b{1, 0, 10, 10}, c{2, 0, 10, 10};
  std::vector<Box> boxes = {box_in(0, a), box_in(0, a, 1), box_in(0, b, 2), box_in(0, c, 3), box_in(1, a)};
  boxes[3].flag = BoxFlag::kInverted;
  const auto wanted = boxes_to_segment(boxes, 2);
  REQUIRE(wanted.size() == 3);
  CHECK(wanted[0].pixels == a);
  CHECK(wanted[0].sample == 0);
  CHECK(wanted[1].pixels == b);
  CHECK(wanted[2].view == 1);
  CHECK(boxes_to_segment(boxes, 1).size() == 2);
  boxes.push_back(box_in(1, c, 0, 2));  // where a zoomed pass found some, its boxes count alone
  CHECK(boxes_to_segment(boxes, 4).size() == 1);
}

TEST_CASE("The question tells the box in the square crop around it, and the mask comes with the box's name") {
  OneAsset asset;
  asset.run({"rim"}, {box_in(1, {40, 30, 60, 50}, 2), box_in(2, {0, 0, 20, 10})});
  REQUIRE(asset.asker.chats.size() == 3);  // one was asked for again
  const ChatRequest& first = asset.asker.chats[0];
  // The crop is 35 … 65 × 25 … 55.
  CHECK(first.messages.back().text == "\"rim - \\\"of\\\" a mug\" [5, 5, 25, 25] [167, 167, 833, 833]");
  CHECK(first.n == 1);
  CHECK(first.model == "m");
  CHECK(first.provider == "p");
  CHECK(first.sampling.max_tokens == 8192);
  CHECK(first.tag.item == "abc/rim");
  REQUIRE(first.image);
  // At the edge the crop is 0 … 25 × 0 … 20, padded by 2 px above and 3 below.
  CHECK(asset.asker.chats[1].messages.back().text.ends_with("[0, 2, 20, 12] [80, 0, 480, 800]"));
  const Ended& rim = asset.ended.at("rim");
  REQUIRE(rim.boxes.value);
  CHECK(rim.boxes.value->size() == 2);
  REQUIRE(rim.segments.size() == 1);  // a mask of 30 px is none for a picture of 25
  const Segment& segment = rim.segments[0];
  CHECK((segment.view == 1 && segment.sample == 2 && segment.pass == 1 && segment.index == 0));
  CHECK(segment.window == PixelBox{35, 25, 65, 55});
  CHECK(segment.mask == RunLengthMask{30, 30, {0, 900}});
  CHECK(segment.score == 0.5);
}

TEST_CASE("A mask that cannot be read is asked for once more, and what still cannot is told") {
  OneAsset asset;
  const PixelBox one{40, 30, 60, 50}, two{41, 30, 61, 50};
  std::multiset<int> samples;
  asset.asker.chat = [&](const ChatRequest& request, int sample) {
    samples.insert(sample);
    const bool is_cup = request.messages.back().text.find("cup") != std::string::npos;
    if (is_cup) return said("no idea");
    return said(sample == 0 && request.tag.item == "abc/rim" ? "hm" : all_of(kCrop));
  };
  const std::string example = asset.run({"rim", "body", "cup"}, {box_in(0, one), box_in(0, two)});
  CHECK(asset.ended.at("rim").segments.size() == 2);
  CHECK(asset.ended.at("body").segments.size() == 2);
  const Ended& cup = asset.ended.at("cup");
  CHECK_FALSE(cup.boxes.value);
  CHECK(cup.boxes.failure.kind == AskingFailure::Kind::kUnanswered);
  CHECK(cup.boxes.failure.error_kind == "unusable_answer");
  CHECK(cup.boxes.failure.error == "mask in view 0: the reply holds no JSON of masks");
  CHECK(example == "abc/cup: mask in view 0: the reply holds no JSON of masks");
  CHECK(samples.count(0) == 6);
  CHECK(samples.count(1) == 4);
}

TEST_CASE("What a cut or a refused mask is told as, and that no mask is an answer") {
  OneAsset asset;
  asset.asker.chat = [](const ChatRequest& request, int) {
    if (request.tag.item == "abc/none") return said(R"({"masks": []})");
    if (request.tag.item == "abc/bad") return refused("no weapons");
    Answer answer = said(R"({"size": [30, 30], "cou)");
    answer.finish_reason = "length";
    return answer;
  };
  asset.run({"long", "bad", "none"}, {box_in(0, {40, 30, 60, 50})});
  CHECK(asset.ended.at("long").boxes.failure.error.find("set segment_max_tokens higher") !=
        std::string::npos);
  CHECK(asset.ended.at("bad").boxes.failure.error == "mask in view 0: the model refused: no weapons");
  CHECK(asset.ended.at("none").boxes.value);
  CHECK(asset.ended.at("none").segments.empty());
}

TEST_CASE("Where none of the first masks can be read the run ends, and where a run ends its parts do") {
  OneAsset asset;
  asset.asker.chat = [](const ChatRequest&, int) { return said("a fine mug"); };
  std::vector<std::string> parts;
  for (int i = 0; i < 40; ++i) parts.push_back("part" + std::to_string(i));
  asset.run(parts, {box_in(0, {40, 30, 60, 50})});
  REQUIRE(asset.ended.size() == 40);
  int fatal = 0;
  for (const auto& [part, ended] : asset.ended)
    if (ended.boxes.failure.kind == AskingFailure::Kind::kFatal) {
      ++fatal;
      CHECK(ended.boxes.failure.error.find("is segment = sam what the server speaks?") != std::string::npos);
    }
  CHECK(fatal == 40 - 23);

  OneAsset stopped;
  stopped.asker.ends_at = 0;
  stopped.asker.end = {RunEnd::Kind::kFatal, "budget", "no money"};
  stopped.run({"rim"}, {box_in(0, {40, 30, 60, 50})});
  CHECK(stopped.ended.at("rim").boxes.failure.error == "no money");

  OneAsset unanswered;
  unanswered.asker.chat = [](const ChatRequest&, int) { return failed("timeout", "too slow"); };
  unanswered.run({"rim"}, {box_in(0, {40, 30, 60, 50})});
  CHECK(unanswered.ended.at("rim").boxes.failure.error == "mask in view 0: too slow");
}

TEST_CASE("Boxes that failed, and parts without any, are passed on at once") {
  OneAsset asset;
  asset.run({"rim"}, {});
  CHECK(asset.asker.chats.empty());
  CHECK(asset.ended.at("rim").boxes.value);
  Asking asking({.model = "m"}, asset.asker, {});
  const Prompt prompt = parse_prompt("--- user\n{{box}}\n", "segment");
  int passed = 0;
  SegmentAsker masks(asset.options, asset.grounding, "p", prompt, asset.workspace, asking,
                     [&](const PartQuestion&, const Asked<std::vector<Box>>& boxes,
                         const std::vector<Segment>&) { passed += boxes.failure.error == "gone" ? 1 : 0; });
  masks.add(OneAsset::question("rim"), {{}, {AskingFailure::Kind::kUnanswered, "x", "gone"}});
  CHECK(passed == 1);
}

TEST_CASE("Servers of masks get their own key and name, and no secret of the others") {
  Provider boxes;
  boxes.name = "p";
  boxes.servers = {{"http://127.0.0.1:1/v1"}};
  boxes.key_variable = "BOX_KEY";
  boxes.headers = {"X-Team: TEAM"};
  boxes.query = "v=1";
  boxes.key_header = "x-api-key:";
  boxes.health_path = "/health";
  boxes.max_tokens_field = "max_tokens";
  boxes.prices["*"] = {1, 2};
  boxes.transport = Transport::kBatch;
  SegmentOptions options{.format = MaskFormat::kSam};
  CHECK(with_segment_provider({boxes}, options).size() == 1);
  CHECK(segment_provider(options, "p") == "p");
  options.servers = {"http://127.0.0.1:2"};
  options.format = MaskFormat::kOff;
  CHECK(with_segment_provider({boxes}, options).size() == 1);
  options.format = MaskFormat::kSam;
  options.key_variable = "MASK_KEY";
  const auto both = with_segment_provider({boxes}, options);
  REQUIRE(both.size() == 2);
  CHECK(both[1].name == segment_provider(options, "p"));
  CHECK(both[1].name != "p");
  CHECK(both[1].servers.at(0).base_url == "http://127.0.0.1:2/v1");
  CHECK(both[1].key_variable == "MASK_KEY");
  CHECK(both[1].headers.empty());
  CHECK(both[1].query.empty());
  CHECK(both[1].transport == Transport::kHttp);
  CHECK(both[1].key_header == Provider{}.key_header);
  CHECK(both[1].health_path == Provider{}.health_path);
  CHECK(both[1].max_tokens_field == Provider{}.max_tokens_field);
  CHECK(both[1].price_of("sam").out_per_million == 2);
  options.price_out = 5;
  CHECK_THROWS_AS(with_segment_provider({boxes}, options), UsageError);
  options.model = "sam";
  for (const bool is_own_server : {true, false}) {
    if (!is_own_server) options.servers.clear();
    const Provider priced = with_segment_provider({boxes}, options).back();
    CHECK(priced.price_of("sam").in_per_million == 1);
    CHECK(priced.price_of("sam").out_per_million == 5);
    CHECK(priced.price_of("m").out_per_million == 2);
  }
}

TEST_CASE("The estimate of masks bounds what is asked for") {
  const SegmentOptions on{.format = MaskFormat::kSam};
  CHECK(segment_need({}, {}, 10).most_answers == 0);
  const AskingNeed need = segment_need(on, {.boxes = 3}, 10);
  CHECK(need.answers == 0);
  CHECK(need.usual_answers == 30);
  CHECK(need.most_answers == 60);
  CHECK(need.most_requests == 60);
}

}  // namespace funcorr
