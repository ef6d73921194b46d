#include "render/views/view_sets.h"

#include <set>

#include <nlohmann/json.hpp>

#include "db/dataset/cameras.h"
#include "db/format/error.h"
#include "render/views/disk_estimate.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

ViewOptions small() {
  ViewOptions options;
  options.label_views = 3;
  options.train_views = 2;
  options.size_px = 32;
  return options;
}

bool same_pose(const Camera& a, const Camera& b) {
  return a.cam_from_world.matrix() == b.cam_from_world.matrix();
}

}  // namespace

TEST_CASE("equal seeds draw equal light, other seeds other light", "[views]") {
  const std::vector<std::string> environments{"a.exr", "b.exr", "c.exr"};
  std::set<std::string> drawn;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const ViewDraw draw = draw_views(environments, HdriRotation::kRandom, seed);
    const ViewDraw again = draw_views(environments, HdriRotation::kRandom, seed);
    const ViewDraw unturned = draw_views(environments, HdriRotation::kNone, seed);
    CHECK(draw.rotation_deg >= 0);
    CHECK(draw.rotation_deg < 360);
    CHECK(nlohmann::json(again) == nlohmann::json(draw));
    CHECK(unturned.rotation_deg == 0);
    CHECK(unturned.environment == draw.environment);  // the rest is as it were
    CHECK(unturned.seed == draw.seed);
    drawn.insert(draw.environment);
  }
  CHECK(drawn.size() == 3);
}

TEST_CASE("an asset has labelling and training views from cameras that its seed decides", "[views]") {
  const ViewDraw draw{"builtin:sky", 0, 7};
  const auto sets = view_sets(small(), draw, 1), again = view_sets(small(), draw, 1),
             others = view_sets(small(), {"builtin:sky", 0, 8}, 1);
  REQUIRE(sets.size() == 2);
  CHECK(sets[0].set == ViewSet::kLabel);
  CHECK(sets[1].set == ViewSet::kTrain);
  CHECK(sets[0].cameras.views.size() == 3);
  CHECK(sets[1].cameras.views.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(same_pose(sets[i].cameras.views[1], again[i].cameras.views[1]));
    CHECK_FALSE(same_pose(sets[i].cameras.views[1], others[i].cameras.views[1]));
    CHECK(sets[i].settings.seed != others[i].settings.seed);
    CHECK(sets[i].cameras.release_world_from_object);
  }
  CHECK(sets[0].settings.seed != sets[1].settings.seed);
}

TEST_CASE("labelling views may have samples of their own", "[views]") {
  ViewOptions options = small();
  options.settings.samples = 9;
  CHECK(view_sets(options, {"", 0, 0}, 1)[0].settings.samples == 9);
  options.label_samples = 4;
  CHECK(view_sets(options, {"", 0, 0}, 1)[0].settings.samples == 4);
  CHECK(view_sets(options, {"", 0, 0}, 1)[1].settings.samples == 9);
}

TEST_CASE("camera files take the place of the standard positions", "[views]") {
  const TemporaryFolder folder;
  ViewOptions options = small();
  options.train_cameras = folder / "cams.json";
  CHECK(options.camera_files() == std::vector<std::filesystem::path>{folder / "cams.json"});
  CHECK_THROWS_AS(view_sets(options, {"", 0, 0}, 1), EnvironmentError);
  CameraFile given{training_cameras(1, 64, 3), {}, Transform::scale(2)};
  write_camera_file(folder / "cams.json", given);
  const ViewsToRender train = view_sets(options, {"", 0, 0}, 1)[1];
  REQUIRE(train.cameras.views.size() == 1);
  CHECK(same_pose(train.cameras.views[0], given.views[0]));
  CHECK(train.cameras.release_world_from_object);
  CHECK_FALSE(train.cameras.normalized_from_asset);  // every asset has its own
  folder.write("cams.json", "{}");
  CHECK_THROWS_WITH(view_sets(options, {"", 0, 0}, 1), Catch::Matchers::ContainsSubstring("train_cameras: "));
}

TEST_CASE("the light turns about the vertical alone", "[views]") {
  const Transform turned = turned_environment(90, release_world_from_object());
  const Vec3d up = turned.direction({0, 1, 0}), right = turned.direction({1, 0, 0});
  CHECK_THAT(up.z, Catch::WithinAbs(1, 1e-12));
  CHECK_THAT(right.y, Catch::WithinAbs(1, 1e-12));  // counter-clockwise seen from above
}

TEST_CASE("the disk estimate grows with pixels, views, channels and points", "[views]") {
  ViewOptions options = small();
  const DiskEstimate base = estimate_disk(options, 1000);
  CHECK(base.png_mb > 0);
  CHECK(base.all_mb() == base.png_mb + base.exr_mb + base.visible_points_mb);
  CHECK(estimate_disk(options, 2000).visible_points_mb == 2 * base.visible_points_mb);
  options.files.exr_half = true;
  CHECK(estimate_disk(options, 1000).exr_mb == base.exr_mb / 2);
  options.files.exr_channels.clear();
  CHECK(estimate_disk(options, 1000).exr_mb == 0);
  options.size_px *= 2;
  CHECK_THAT(estimate_disk(options, 1000).png_mb, Catch::WithinRel(4 * base.png_mb, 1e-12));
}

}  // namespace funcorr
