#include "eval/measurement/mask_agreement.h"

#include <cmath>

#include "db/dataset/cameras.h"
#include "db/dataset/geometry.h"
#include "db/dataset/mask.h"
#include "db/dataset/points.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"
#include "tests/catch.h"
#include "tests/db/dataset/made_points.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

// Ten points in a row, of which the first four lie on "rim"; both views show point i at (2 + i, 5).
void write_asset(const fs::path& folder) {
  Geometry geometry;
  geometry.parts = {"rim", "body"};
  save_geometry(geometry_path(folder), geometry);
  save_points(points_path(folder), tests::made_points({0, 0, 0, 0, 1, 1, 1, 1, 1, 1}));
  const fs::path views = view_folder(folder, ViewSet::kTrain);
  fs::create_directories(views);
  Camera camera;
  camera.width = 20;
  camera.height = 10;
  camera.fx = camera.fy = 20;
  write_cameras(cameras_path(views), {camera, camera});
  VisiblePoints visible;
  for (int i = 0; i < 10; ++i) {
    visible.ids.push_back(i);
    visible.pixels.push_back({2 + i, 5});
  }
  for (const int view : {0, 1}) save_visible_points(visible_points_path(views, view), visible);
}

// Inside from column x1 up to x2.
void write_mask(const fs::path& folder, const std::string& part, int view, int x1, int x2) {
  Image8 mask(20, 10, 1);
  for (int y = 0; y < 10; ++y)
    for (int x = x1; x < x2; ++x) *mask.at(x, y) = 255;
  fs::create_directories(mask_folder(folder, part));
  save_mask(mask_path(folder, part, view), mask);
}

}  // namespace

TEST_CASE("masks agree with the true part as far as their pixels lie on its points") {
  const tests::TemporaryFolder folder;
  write_asset(folder.path());
  write_mask(folder.path(), "rim", 0, 0, 4);   // points 0 and 1
  write_mask(folder.path(), "rim", 1, 4, 10);  // points 2 … 7
  const auto first = mask_agreement(folder.path(), "rim", {0});
  REQUIRE(first);
  CHECK((first->both == 2 && first->masked == 2 && first->truth == 4));
  CHECK(first->iou() == 0.5);
  const auto both = mask_agreement(folder.path(), "rim", {0, 1});
  CHECK((both->both == 4 && both->masked == 8 && both->truth == 8));
  CHECK(both->iou() == 4.0 / 12);
  CHECK(mask_agreement(folder.path(), "body", {0})->iou() == 0);  // no file: an empty mask
  CHECK_FALSE(mask_agreement(folder.path(), "lid", {0}));
  CHECK(std::isnan(MaskAgreement{}.iou()));
}

TEST_CASE("agreements are means over asset and part, by kind, with intervals over assets") {
  Part part;
  CHECK(kind_of(part) == PartKind::kLarge);
  part.is_small = true;
  CHECK(kind_of(part) == PartKind::kSmall);
  part.is_edge = true;
  CHECK(kind_of(part) == PartKind::kEdge);

  MaskAgreements all;
  CHECK(all.empty());
  all.add("a", PartKind::kLarge, {1000, 1000, 1000});  // 1, however many points
  all.add("a", PartKind::kSmall, {1, 1, 2});           // 0.5
  all.add("b", PartKind::kSmall, {0, 1, 1});           // 0
  all.add("b", PartKind::kEdge, {});                   // neither: does not count
  CHECK(all.iou(std::nullopt, 1).mean == 0.5);
  CHECK(all.count(std::nullopt) == 3);
  CHECK(all.iou(PartKind::kSmall, 1).mean == 0.25);
  CHECK(all.iou(PartKind::kSmall, 1).samples == 2);
  CHECK(all.iou(PartKind::kSmall, 1).low == 0);
  CHECK(all.iou(PartKind::kSmall, 1).high == 0.5);
  CHECK(all.iou(PartKind::kEdge, 1).samples == 0);
}

}  // namespace funcorr
