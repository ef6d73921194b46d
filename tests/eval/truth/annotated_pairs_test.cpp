#include "eval/truth/annotated_pairs.h"

#include <fstream>

#include "db/dataset/cameras.h"
#include "db/dataset/geometry.h"
#include "db/dataset/pair_file.h"
#include "db/dataset/points.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"
#include "render/camera.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

const std::string kFirst(32, 'a'), kSecond(32, 'b');

// A plate of 12 × 12 points whose left half is the part "blade", seen by two training views in full.
void write_plate(const Workspace& workspace, const std::string& uid, bool with_frame = true) {
  const fs::path folder = workspace.asset(uid), views = view_folder(folder, ViewSet::kTrain);
  fs::create_directories(views);
  SurfacePoints surface;
  VisiblePoints visible;
  for (int row = 0; row < 12; ++row)
    for (int column = 0; column < 12; ++column) {
      surface.positions.push_back(
          {static_cast<float>(0.02 * column - 0.1), static_cast<float>(0.02 * row - 0.1), 0});
      surface.parts.push_back(column < 6 ? 0 : 1);
      visible.ids.push_back(12 * row + column);
      visible.pixels.push_back({30 + 3 * column, 30 + 3 * row});
    }
  const std::size_t count = surface.positions.size();
  surface.normals.assign(count, {0, 0, 1});
  surface.triangles.assign(count, 0);
  surface.edges.assign(count, 0);
  surface.components.assign(count, 0);
  save_points(points_path(folder), surface);
  Geometry geometry;
  geometry.parts = {"blade", "handle"};
  if (with_frame) geometry.functions["cut with"] = {{"blade"}, {}};
  save_geometry(geometry_path(folder), geometry);
  write_cameras(cameras_path(views), training_cameras(2, 100, 1));
  Image8 image(100, 100, 4);
  for (int y = 25; y < 70; ++y)
    for (int x = 25; x < 70; ++x) image.at(x, y)[3] = 255;
  for (const int view : {0, 1}) {
    save_view_image(view_image_path(views, view), image);
    save_visible_points(visible_points_path(views, view), visible);
  }
}

nlohmann::json annotation_of_plates(const std::string& label, double half_width) {
  const auto pose = Transform{}.matrix();
  const nlohmann::json box{{"pose", pose}, {"half_extents", {half_width, 1, 1}}};
  return {{"function", "cut with"}, {"object_1", kFirst}, {"object_2", kSecond}, {"label", label},
          {"pose_1", pose},         {"pose_2", pose},     {"box_1", box},        {"box_2", box}};
}

}  // namespace

TEST_CASE(
    "annotated pairs are listed from files and frames by their keys, a key that stands twice is refused") {
  const tests::TemporaryFolder folder;
  const Workspace workspace{folder.path()};
  write_plate(workspace, kFirst);
  write_plate(workspace, kSecond);
  std::ofstream(folder / "pairs.json") << nlohmann::json{annotation_of_plates("hand", 1)};
  AnnotatedPairOptions options;
  options.annotations = {folder / "pairs.json"};
  options.from_frames = true;
  options.sampling.across_share = 0;
  const std::vector<FrameObject> objects{{kFirst, "knife"}, {kSecond, "knife"}};
  const AnnotatedPairs pairs = list_annotated_pairs(workspace, options, objects, 5);
  REQUIRE(pairs.by_key.size() == 2);
  CHECK(pairs.skipped.empty());
  const auto& by_hand = pairs.by_key.at(annotated_pair("cut with", kFirst, kSecond, "hand"));
  CHECK(by_hand.source == PairSource::kAnnotation);
  // Finished work of earlier versions stays up to date as long as this value does.
  CHECK(annotation_fingerprint(by_hand) == "0490bd050be8e4af");
  const auto other = std::find_if(pairs.by_key.begin(), pairs.by_key.end(),
                                  [](const auto& pair) { return pair.second.source == PairSource::kFrames; });
  REQUIRE(other != pairs.by_key.end());
  CHECK(annotation_fingerprint(other->second) == "frames");
  const auto again = nlohmann::json(by_hand).get<AnnotatedPair>();
  CHECK(again.annotation.key() == by_hand.annotation.key());

  std::ofstream(folder / "again.json") << nlohmann::json{annotation_of_plates("hand", 0.5)};
  options.annotations.push_back(folder / "again.json");
  CHECK_THROWS_AS(list_annotated_pairs(workspace, options, objects, 5), UsageError);
  options.sampling.across_share = 2;
  options.annotations.clear();
  CHECK_THROWS_AS(list_annotated_pairs(workspace, options, objects, 5), UsageError);
}

TEST_CASE("ground truth joins the points in both boxes, trial by trial, or says why there is none") {
  const tests::TemporaryFolder folder;
  const Workspace workspace{folder.path()};
  write_plate(workspace, kFirst);
  write_plate(workspace, kSecond, false);
  AnnotatedPairOptions options;
  options.trials.trials = 3;
  Random random(1);
  AnnotatedPair pair{PairSource::kAnnotation, checked_annotation(annotation_of_plates("hand", 0.101)), {}};
  const PairTrials made = make_ground_truth(workspace, pair, {"knife", "saw"}, options, random);
  REQUIRE(made.pairs.size() == 3);
  for (const Pair& trial : made.pairs) {
    CHECK(annotated_pair_of(trial.id) == pair.annotation.key());
    CHECK((trial.category_1 == "knife" && trial.category_2 == "saw"));
    CHECK(trial.points == 12 * 11);  // the column at x = 0.12 is outside
    CHECK_THAT(trial.cost, Catch::WithinAbs(0, 1e-9));
    const std::vector<PixelPair> truth = load_pair_file(workspace.root / trial.path);
    REQUIRE(truth.size() == 12 * 11);
    for (const PixelPair& match : truth) CHECK(match.first == match.second);  // equal plates, equal crops
  }
  options.trials.least_points = 12 * 11 + 1;
  const PairTrials few = make_ground_truth(workspace, pair, {}, options, random);
  CHECK(few.pairs.empty());
  CHECK(few.nothing == "no_view");
  CHECK_THAT(few.why, Catch::Matchers::ContainsSubstring("133 pixels"));
  pair.source = PairSource::kFrames;
  const PairTrials unframed = make_ground_truth(workspace, pair, {}, options, random);
  CHECK(unframed.nothing == "no_frame");
  CHECK_THAT(unframed.why, Catch::Matchers::ContainsSubstring(kSecond));
}

TEST_CASE("of frames, ground truth is of the parts' points") {
  const tests::TemporaryFolder folder;
  const Workspace workspace{folder.path()};
  write_plate(workspace, kFirst);
  write_plate(workspace, kSecond);
  AnnotatedPairOptions options;
  options.trials.trials = 1;
  Random random(1);
  AnnotatedPair pair;
  pair.source = PairSource::kFrames;
  pair.annotation.function = "cut with";
  pair.annotation.object_1 = kFirst;
  pair.annotation.object_2 = kSecond;
  const PairTrials made = make_ground_truth(workspace, pair, {"knife", "knife"}, options, random);
  REQUIRE(made.pairs.size() == 1);
  CHECK(made.pairs[0].points == 12 * 6);
  CHECK(made.pairs[0].label == kFramesLabel);
}

}  // namespace funcorr
