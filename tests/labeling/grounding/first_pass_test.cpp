// How many views a part is asked about, by a model that is a function of the view.
#include "labeling/grounding/first_pass.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "db/dataset/cameras.h"
#include "db/dataset/points.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"
#include "db/format/random.h"
#include "labeling/box/reply_boxes.h"
#include "labeling/fusion/part_fusion.h"
#include "labeling/grounding/part_asker.h"
#include "render/camera.h"
#include "tests/catch.h"
#include "tests/labeling/asking/scripted_asker.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

constexpr int kViews = 12, kSize = 300, kPoints = 6000;
const std::vector<int> kAllViews{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

// A ball of radius ½, whose "cap" is asked for.
SurfacePoints ball() {
  SurfacePoints points;
  Random random(1);
  for (int i = 0; i < kPoints; ++i) {
    points.normals.push_back(
        normalized(Vec3f{static_cast<float>(random.normal()), static_cast<float>(random.normal()),
                         static_cast<float>(random.normal())}));
    points.positions.push_back(points.normals.back() * 0.5F);
  }
  points.edges.assign(kPoints, 1);
  points.triangles.assign(kPoints, 0);
  points.parts.assign(kPoints, -1);
  points.components.assign(kPoints, 0);
  return points;
}

VisiblePoints shown_by(const Camera& camera, const SurfacePoints& points) {
  VisiblePoints visible;
  for (std::size_t i = 0; i < points.positions.size(); ++i) {
    const Vec3f& p = points.positions[i];
    const Vec3d at{static_cast<double>(p.x), static_cast<double>(p.y), static_cast<double>(p.z)};
    if (dot(camera.center() - at, at) <= 0) continue;
    const Vec3d pixel = camera.project(at);
    visible.ids.push_back(static_cast<std::int32_t>(i));
    visible.pixels.push_back({static_cast<int>(pixel.x), static_cast<int>(pixel.y)});
  }
  return visible;
}

class Ball {
 public:
  Ball() : workspace{folder_.path()}, points(ball()) {
    for (const char* uid : {"abc", "xyz"}) {
      const std::filesystem::path label = view_folder(workspace.asset(uid), ViewSet::kLabel);
      std::filesystem::create_directories(label);
      save_points(points_path(workspace.asset(uid)), points);
      const std::vector<Camera> cameras = labelling_cameras(kViews, kSize, 1);
      write_cameras(cameras_path(label), cameras);
      views.clear();
      for (int v = 0; v < kViews; ++v) {
        views.push_back(shown_by(cameras[static_cast<std::size_t>(v)], points));
        save_visible_points(visible_points_path(label, v), views.back());
      }
    }
    asker.chat = [this](const ChatRequest& request, int) { return said(cap_in(view_of(request))); };
  }
  static PartQuestion question(const std::string& part, const std::string& uid = "abc") {
    return {uid + "/" + part, uid, part, "ball", part, false, kAllViews};
  }
  RunEnd run(const std::vector<PartQuestion>& questions, const std::function<bool()>& stop = {}) {
    const Prompt prompt = parse_prompt("--- user\nwhere is the \"{{part}}\"?\n", "ground");
    Asking asking({.model = "m"}, asker, {});
    const FirstPass first_pass(options, workspace, stop);
    PartAsker parts(
        grounding, prompt, workspace, asking,
        [this](const PartQuestion& part, Asked<std::vector<Box>> boxes) {
          ended[part.key] = std::move(boxes);
        },
        nullptr, &first_pass);
    for (const PartQuestion& each : questions) parts.add(each);
    return parts.run();
  }
  // As a model of boxes in thousandths spells it.
  std::string cap_in(int view) const {
    PixelBox box{kSize, kSize, 0, 0};
    const VisiblePoints& visible = views[static_cast<std::size_t>(view)];
    for (std::size_t i = 0; i < visible.ids.size(); ++i) {
      if (points.positions[static_cast<std::size_t>(visible.ids[i])].y < 0.15F) continue;
      const auto [x, y] = visible.pixels[i];
      box = {std::min(box.x1, x), std::min(box.y1, y), std::max(box.x2, x + 1), std::max(box.y2, y + 1)};
    }
    const auto share = [](int pixel) { return pixel * 1000 / kSize; };
    if (box.width() <= 0) return "none";
    return fmt::format("[[{:03},{:03},{:03},{:03}]]", share(box.x1), share(box.y1), share(box.x2),
                       share(box.y2));
  }
  // Of a part, the n-th picture that was sent is that of the n-th view of the order.
  int view_of(const ChatRequest& request) const {
    std::vector<const RequestImage*> pictures;
    for (const ChatRequest& sent : asker.chats)
      if (sent.tag.item == request.tag.item && std::ranges::count(pictures, sent.image.get()) == 0)
        pictures.push_back(sent.image.get());
    const auto at = std::ranges::find(pictures, request.image.get()) - pictures.begin();
    return order().at(static_cast<std::size_t>(at));
  }
  std::vector<int> order() const { return FirstPass(options, workspace).order("abc", kAllViews); }
  std::vector<int> first(std::size_t count) const {
    std::vector<int> some = order();
    some.resize(count);
    std::ranges::sort(some);
    return some;
  }
  // That were asked about, by part.
  std::size_t asked(const std::string& key) const {
    std::set<const RequestImage*> pictures;
    for (const ChatRequest& sent : asker.chats)
      if (sent.tag.item == key) pictures.insert(sent.image.get());
    return pictures.size();
  }
  std::vector<int> views_in(const std::string& key) const {
    std::set<int> found;
    for (const Box& box : ended.at(key).value.value()) found.insert(box.view);
    return {found.begin(), found.end()};
  }
  double doubt(const std::string& key) const {
    return FirstPass(options, workspace).doubts({{"abc", false, ended.at(key).value.value()}}).front().doubt;
  }

 private:
  TemporaryFolder folder_;

 public:
  Workspace workspace;
  SurfacePoints points;
  std::vector<VisiblePoints> views;
  ScriptedAsker asker;
  GroundingOptions grounding;
  FirstPassOptions options{.ask = AskedViews::kFirstPass, .first_views = 4, .more_views = 3};
  std::map<std::string, Asked<std::vector<Box>>> ended;
};

}  // namespace

TEST_CASE("A part that is settled after the first pass is asked about no more") {
  Ball ball;
  ball.options.settled = 1;
  ball.asker.chat = [](const ChatRequest&, int) { return said("[[100,200,300,400]]"); };
  ball.run({Ball::question("cap")});
  CHECK(ball.views_in("abc/cap") == ball.first(4));
  CHECK(ball.asker.chats.size() == 4);
}

TEST_CASE("A part in doubt is asked about some views more at a time, to the last one") {
  Ball ball;
  ball.options.settled = 0;
  ball.asker.chat = [](const ChatRequest&, int) { return said("[[100,200,300,400]]"); };
  ball.run({Ball::question("cap")});
  CHECK(ball.views_in("abc/cap") == kAllViews);
  CHECK(ball.asker.runs == 4);  // 4, 3, 3 and the last 2 views
  CHECK(ball.asker.chats.size() == kViews);
}

TEST_CASE("Views are asked about exactly until the posterior of the answers is settled") {
  Ball ball;
  std::map<std::size_t, double> doubts;  // by views asked about
  for (int views = 4; views <= kViews; views += 3) {
    ball.options = {.ask = AskedViews::kFirstPass, .first_views = views, .more_views = 3, .settled = 1};
    ball.asker.chats.clear();
    ball.run({Ball::question("cap")});
    doubts[static_cast<std::size_t>(views)] = ball.doubt("abc/cap");
  }
  REQUIRE(doubts.at(7) < doubts.at(4));  // answers without noise: more of them tell more
  for (const double settled : {doubts.at(4), 0.5 * (doubts.at(4) + doubts.at(7)), doubts.at(7)}) {
    ball.options = {.ask = AskedViews::kFirstPass, .first_views = 4, .more_views = 3, .settled = settled};
    ball.asker.chats.clear();
    ball.run({Ball::question("cap")});
    std::size_t expected = 4;
    while (doubts.at(expected) > settled) expected += 3;
    CAPTURE(settled, expected);
    CHECK(ball.asked("abc/cap") == expected);
    CHECK(ball.doubt("abc/cap") <= settled);
  }
}

TEST_CASE("The doubt is that of the posterior which aggregate fuses") {
  Ball ball;
  ball.options.settled = 1;
  ball.run({Ball::question("cap")});
  const std::vector<Box>& all = ball.ended.at("abc/cap").value.value();
  AssetFusion fusion(ball.points, ball.views);
  std::vector<std::vector<PixelBox>> boxes(kViews);
  for (const Box& box : boxes_that_count(all, {}))
    boxes[static_cast<std::size_t>(box.view)].push_back(box.pixels);
  for (const bool is_edge : {false, true}) {
    const FusedPart fused = fusion.fuse(boxes, is_edge, {HeatMode::kPosterior, 1});
    CHECK(FirstPass(ball.options, ball.workspace).doubts({{"abc", is_edge, all}}).front().doubt ==
          fused.support.doubt);
  }
}

TEST_CASE("Off, all views are asked about at once, in their own order") {
  Ball ball;
  ball.options.ask = AskedViews::kPaper;
  ball.asker.chat = [](const ChatRequest&, int) { return said("[[100,200,300,400]]"); };
  ball.run({Ball::question("cap")});
  CHECK(ball.asker.runs == 1);
  CHECK(ball.views_in("abc/cap") == kAllViews);
  CHECK(ball.order() == kAllViews);
  CHECK(ball.options.question(true).empty());
}

TEST_CASE("Parts of an asset whose points cannot be read fail with the file's name, others go on") {
  Ball ball;
  ball.options.settled = 0;
  std::filesystem::remove(points_path(ball.workspace.asset("xyz")));
  ball.asker.chat = [](const ChatRequest&, int) { return said("[[100,200,300,400]]"); };
  ball.run({Ball::question("cap", "xyz"), Ball::question("cap")});
  const AskingFailure& failure = ball.ended.at("xyz/cap").failure;
  CHECK(failure.kind == AskingFailure::Kind::kUnanswered);
  CHECK(failure.error_kind == "unreadable_asset");
  CHECK(failure.error.find("points.npz") != std::string::npos);
  CHECK(ball.views_in("abc/cap") == kAllViews);
}

TEST_CASE("Stopped or out of money behind the first pass, a part in doubt is not over") {
  Ball ball;
  ball.options.settled = 0;
  ball.asker.chat = [](const ChatRequest&, int) { return said("[[100,200,300,400]]"); };
  SECTION("stopped") {
    CHECK(ball.run({Ball::question("cap")}, [] { return true; }).kind == RunEnd::Kind::kStopped);
    CHECK(ball.ended.empty());
  }
  SECTION("no credit") {
    ball.asker.ends_at = 1;
    ball.asker.end = {RunEnd::Kind::kFatal, "insufficient_quota", "no credit"};
    CHECK(ball.run({Ball::question("cap")}).kind == RunEnd::Kind::kFatal);
    CHECK(ball.ended.at("abc/cap").failure.error == "no credit");
  }
}

TEST_CASE("What a part's boxes depend on changes with the options, and with being an edge") {
  const FirstPassOptions options{.ask = AskedViews::kFirstPass};
  FirstPassOptions other = options;
  other.settled += 0.01;
  CHECK(options.question(false) != options.question(true));
  CHECK(options.question(false) != other.question(false));
  CHECK(options.first_of(3) == 3);
  CHECK(options.first_of(1000) == options.first_views);
}

}  // namespace funcorr
