#include "render/views/asset_renderer.h"

#include "db/dataset/cameras.h"
#include "db/dataset/visible_points.h"
#include "db/format/error.h"
#include "render/filter/asset_filter.h"
#include "tests/catch.h"
#include "tests/render/square_asset.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::TemporaryFolder;
using tests::write_square;

ViewOptions small() {
  ViewOptions options;
  options.label_views = 2;
  options.train_views = 3;
  options.size_px = 24;
  options.settings.samples = 2;
  return options;
}

const ViewDraw kDraw{"builtin:studio", 30, 5};

// An asset that filter let in.
struct Filtered {
  TemporaryFolder folder;
  AssetSource source;
  fs::path out = folder / "out";

  explicit Filtered(const std::string& material = "Kd 0.8 0.1 0.1") : source(write_square(folder, material)) {
    FilterOptions options;
    options.points = 500;
    filter_asset(source, options, 1, out);
  }
};

}  // namespace

TEST_CASE("an asset's views are rendered into its folder, with a row for each", "[views]") {
  const Filtered asset;
  const std::vector<View> views = AssetRenderer(small(), 1).render(asset.source, kDraw, asset.out);
  REQUIRE(views.size() == 5);
  for (std::size_t i = 0; i < views.size(); ++i) {
    INFO("view " << i);
    const ViewSet set = i < 2 ? ViewSet::kLabel : ViewSet::kTrain;
    CHECK(views[i].set == set);
    CHECK(views[i].index == static_cast<int>(i < 2 ? i : i - 2));
    CHECK(views[i].hdri == "builtin:studio");
    CHECK(views[i].hdri_rotation_deg == 30);
    const fs::path folder = view_folder(asset.out, set);
    const Image8 image = load_view_image(view_image_path(folder, views[i].index));
    CHECK(image.width == 24);
    CHECK(fs::exists(view_channels_path(folder, views[i].index)));
    const VisiblePoints visible = load_visible_points(visible_points_path(folder, views[i].index));
    CHECK(static_cast<std::int64_t>(visible.ids.size()) == views[i].visible_points);
  }
  CHECK(read_cameras(cameras_path(view_folder(asset.out, ViewSet::kTrain))).size() == 3);
}

TEST_CASE("views of an earlier run with more of them do not stay", "[views]") {
  const Filtered asset;
  AssetRenderer(small(), 1).render(asset.source, kDraw, asset.out);
  ViewOptions fewer = small();
  fewer.train_views = 1;
  AssetRenderer(fewer, 1).render(asset.source, kDraw, asset.out);
  const fs::path train = view_folder(asset.out, ViewSet::kTrain);
  CHECK(fs::exists(view_image_path(train, 0)));
  CHECK_FALSE(fs::exists(view_image_path(train, 1)));
  CHECK_FALSE(fs::exists(visible_points_path(train, 2)));
}

TEST_CASE("an asset that no view shows is rejected", "[views]") {
  const Filtered glass("d 0.1");
  ViewOptions options = small();
  options.settings.samples = 16;
  try {
    AssetRenderer(options, 1).render(glass.source, kDraw, glass.out);
    FAIL("accepted");
  } catch (const ImportError& error) {
    CHECK(error.kind == "blank_renders");
  }
}

TEST_CASE("points of another mesh are an error that names their file", "[views]") {
  const Filtered asset;
  SurfacePoints points = load_points(points_path(asset.out));
  points.triangles[3] = 2;  // the square has two
  save_points(points_path(asset.out), points);
  CHECK_THROWS_WITH(AssetRenderer(small(), 1).render(asset.source, kDraw, asset.out),
                    Catch::Matchers::ContainsSubstring("points.npz does not fit the mesh"));
}

TEST_CASE("what rendering needs besides assets is looked for before", "[views]") {
  AssetRenderer(small(), 1).check_inputs();
  ViewOptions options = small();
  options.hdri = {"/nowhere/a.exr"};
  CHECK_THROWS_AS(AssetRenderer(options, 1).check_inputs(), EnvironmentError);
  options = small();
  options.label_cameras = "/nowhere/cams.json";
  CHECK_THROWS_AS(AssetRenderer(options, 1).check_inputs(), EnvironmentError);
  options = small();
  options.size_px = 8;
  CHECK_THROWS_AS(AssetRenderer(options, 1), UsageError);
}

}  // namespace funcorr
