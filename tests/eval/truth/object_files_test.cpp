#include "eval/truth/object_files.h"

#include <fmt/format.h>

#include "db/dataset/crop_file.h"
#include "db/dataset/geometry.h"
#include "db/dataset/mask.h"
#include "db/dataset/points.h"
#include "db/dataset/rowcol.h"
#include "db/dataset/view.h"
#include "eval/matching/crop_features.h"
#include "render/camera.h"
#include "tests/catch.h"
#include "tests/db/dataset/made_points.h"
#include "tests/golden.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::TemporaryFolder;

// Six points, two of them on each of the parts "blade", "edge" and "handle"; two training views; a function
// that is performed by an alias of blade and edge.
class Asset {
 public:
  explicit Asset(bool with_frame = true) {
    save_points(points_path(path()), tests::made_points({0, 0, 1, 1, 2, 2}));
    Geometry geometry;
    geometry.parts = {"blade core", "edge", "handle"};
    geometry.part_aliases = {{"blade", {"blade core", "edge"}}};
    if (with_frame)
      geometry.functions["cut-with"] = {{"blade"}, Transform::translate({1, 0, 0}) * Transform::scale(2)};
    save_geometry(geometry_path(path()), geometry);
    fs::create_directories(views());
    write_cameras(cameras_path(views()), training_cameras(2, 100, 1));
    for (const int view : {0, 1}) save_visible({5, 2}, view);
    save_view_image(view_image_path(views(), 0), rectangle());
  }

  const fs::path& path() const { return folder_.path(); }
  fs::path views() const { return view_folder(path(), ViewSet::kTrain); }
  void save_visible(const std::vector<std::int32_t>& ids, int view) const {
    // The first on the object, the last beside it.
    save_visible_points(visible_points_path(views(), view), {ids, {{40, 50}, {5, 5}}});
  }

  // 100 px, opaque red where 30 ≤ x < 70 and 20 ≤ y < 80.
  static Image8 rectangle() {
    Image8 image(100, 100, 4);
    for (int y = 20; y < 80; ++y)
      for (int x = 30; x < 70; ++x) image.at(x, y)[0] = image.at(x, y)[3] = 255;
    return image;
  }

 private:
  TemporaryFolder folder_;
};

std::string refusal_of_views(const fs::path& folder) {
  try {
    load_object_views(folder);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("object files: points, cameras and visible ids of every view", "[eval][object_files]") {
  const Asset asset;
  const ObjectViews views = load_object_views(asset.path());
  REQUIRE(views.points.size() == 6);
  CHECK_THAT(views.points[4].y, Catch::WithinAbs(0.13, 1e-6));
  CHECK(views.normals[5].z == 1.0);
  REQUIRE(views.cameras.size() == 2);
  CHECK(views.visible_ids == std::vector<std::vector<std::int32_t>>{{5, 2}, {5, 2}});
}

TEST_CASE("object files: a point id that does not exist is refused by file and number",
          "[eval][object_files]") {
  const Asset asset;
  asset.save_visible({6, 2}, 1);
  CHECK_THAT(refusal_of_views(asset.path()),
             Catch::Matchers::ContainsSubstring("0001.npz") && Catch::Matchers::ContainsSubstring("point 6"));
  fs::remove(asset.path() / "train/0001.npz");
  CHECK_THAT(refusal_of_views(asset.path()), Catch::Matchers::ContainsSubstring("0001.npz"));
}

TEST_CASE("object files: a functional frame takes the points of its parts, aliases resolved",
          "[eval][object_files]") {
  const Asset asset;
  CHECK(functions_with_frames(asset.path()) == std::vector<std::string>{"cut-with"});
  const FramedPart part = load_framed_part(asset.path(), "a", "cut-with");
  REQUIRE(part.part_points.size() == 4);
  CHECK_THAT(part.part_points[3].x, Catch::WithinAbs(0.09, 1e-6));
  CHECK(part.normalized_from_function.point({1, 0, 0}).x == 3.0);
  CHECK_THROWS_AS(load_framed_part(asset.path(), "a", "pour-with"), std::invalid_argument);
  const Asset bare(false);
  CHECK(functions_with_frames(bare.path()).empty());
}

TEST_CASE("object files: crops hold the object in the middle, masks and points follow it",
          "[eval][object_files]") {
  const Asset asset;
  const CroppedView crop = load_cropped_view(asset.path(), 0);
  REQUIRE(crop.rgb.size() == 3U * kCropSize * kCropSize);
  const auto at = [](int x, int y) { return crop_index({x, y}); };
  CHECK(crop.object[at(112, 112)] == 1);
  CHECK(crop.object[at(3, 112)] == 0);
  CHECK(crop.rgb[3 * at(3, 112) + 1] == 255);  // white beside it
  CHECK(crop.rgb[3 * at(112, 112) + 1] == 0);  // red inside
  // 59 px from first to last row, 1.2 × 59 → 70 px a side: 40 × 60 px of it are the object.
  const double share = static_cast<double>(count_pixels(crop.object)) / (kCropSize * kCropSize);
  CHECK_THAT(share, Catch::WithinAbs(2400.0 / 4900.0, 0.01));

  // A mask of the right half of the object.
  Image8 half(100, 100, 1);
  for (int y = 20; y < 80; ++y)
    for (int x = 50; x < 70; ++x) *half.at(x, y) = 255;
  save_png(asset.path() / "half.png", half);
  const CropMask mask = load_cropped_mask(asset.path(), 0, asset.path() / "half.png");
  CHECK_THAT(static_cast<double>(count_pixels(mask)),
             Catch::WithinAbs(0.5 * static_cast<double>(count_pixels(crop.object)), 300));
  CHECK(mask[at(60, 112)] == 0);
  CHECK(mask[at(150, 112)] == 1);
  CHECK(count_pixels(load_cropped_mask(asset.path(), 0, asset.path() / "absent.png")) == 0);
  // The same half as two boxes, one of which reaches beyond the view.
  CHECK(load_cropped_boxes(asset.path(), 0, {{50, 20, 70, 50}, {50, 40, 70, 80}}) == mask);
  const CropMask below = load_cropped_boxes(asset.path(), 0, {{-5, 50, 200, 200}});
  CHECK(below[at(112, 100)] == 0);
  CHECK(below[at(112, 124)] == 1);
  CHECK(count_pixels(load_cropped_boxes(asset.path(), 0, {})) == 0);

  const VisiblePoints points = load_cropped_points(asset.path(), 0);
  CHECK(points.ids == std::vector<std::int32_t>{5});  // the other one is not on the object
  REQUIRE(points.pixels.size() == 1);
  // The window is 70 px from (14, 14) of the view on: 3.2 crop pixels for one of the view.
  CHECK((points.pixels[0] == Pixel{83, 115}));
  CHECK(crop.object[crop_index(points.pixels[0])] == 1);
}

TEST_CASE("object files: an empty view is refused by its file", "[eval][object_files]") {
  const Asset asset;
  save_view_image(view_image_path(asset.views(), 0), Image8(100, 100, 4));
  CHECK_THROWS_WITH(load_cropped_view(asset.path(), 0), Catch::Matchers::ContainsSubstring("0000.png"));
}

// The release's crops of golden/label/crop, through the files of an asset.
TEST_CASE("object files: crops equal the release's", "[eval][object_files][golden]") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const TemporaryFolder asset;
  const fs::path views = view_folder(asset.path(), ViewSet::kTrain);
  fs::create_directories(views);
  const fs::path crops = golden / "label/crop";
  for (int k = 0; fs::exists(crops / fmt::format("in_rgb_{}.png", k)); ++k) {
    INFO("crop " << k);
    const Image8 rgb = load_image8(crops / fmt::format("in_rgb_{}.png", k));
    const Image8 object = load_image8(crops / fmt::format("in_mask_{}.png", k));
    Image8 rgba(rgb.width, rgb.height, 4);
    for (std::size_t i = 0; i < object.pixels.size(); ++i) {
      for (std::size_t c = 0; c < 3; ++c) rgba.pixels[4 * i + c] = rgb.pixels[3 * i + c];
      rgba.pixels[4 * i + 3] = object.pixels[i];
    }
    save_view_image(view_image_path(views, k), rgba);
    const auto points = load_npz(crops / fmt::format("points_{}.npz", k));
    const std::vector<double> in_ids = points.at("in_ids").to_double();
    save_visible_points(
        visible_points_path(views, k),
        {std::vector<std::int32_t>(in_ids.begin(), in_ids.end()), pixels_of_rowcol(points.at("in_rowcol"))});
    const CropMask part = load_cropped_mask(asset.path(), k, crops / fmt::format("in_part_{}.png", k));
    const Image8 expected_part = load_image8(crops / fmt::format("out_part_{}.png", k));
    std::size_t different = 0;
    for (std::size_t i = 0; i < part.size(); ++i)
      different += (part[i] != 0) != (expected_part.pixels[i] > 127);
    CHECK(different == 0);
    const std::vector<double> out_ids = points.at("out_ids").to_double();
    const VisiblePoints visible = load_cropped_points(asset.path(), k);
    CHECK(visible.ids == std::vector<std::int32_t>(out_ids.begin(), out_ids.end()));
    CHECK((visible.pixels == pixels_of_rowcol(points.at("out_rowcol"))));
  }
}

TEST_CASE("a stored crop stands for the view where there is no rendered one") {
  const TemporaryFolder folder;
  fs::create_directories(crop_path(folder.path(), 3).parent_path());
  Image8 rgb(kCropSize, kCropSize, 3), object(kCropSize, kCropSize, 1), mask(kCropSize, kCropSize, 1);
  rgb.at(10, 20)[0] = 7;
  *object.at(10, 20) = 255;
  *mask.at(30, 40) = 200;
  save_crop(crop_path(folder.path(), 3), rgb, object);
  save_mask(folder / "mask.png", mask);
  const CroppedView view = load_cropped_view(folder.path(), 3);
  CHECK(count_pixels(view.object) == 1);
  CHECK(view.object[20 * kCropSize + 10] == 1);
  CHECK(view.rgb[3 * (20 * kCropSize + 10)] == 7);
  CHECK(view.rgb[0] == 255);  // white where the object is not
  const CropMask part = load_cropped_mask(folder.path(), 3, folder / "mask.png");
  CHECK(count_pixels(part) == 1);
  CHECK(part[40 * kCropSize + 30] == 1);  // not cropped again
  const CropMask box = load_cropped_boxes(folder.path(), 3, {{30, 40, 32, 41}});
  CHECK(count_pixels(box) == 2);
  CHECK(box[40 * kCropSize + 31] == 1);
  CHECK_THROWS_AS(load_cropped_view(folder.path(), 4), std::runtime_error);
}

}  // namespace funcorr
