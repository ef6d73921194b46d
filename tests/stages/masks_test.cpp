// The stages aggregate and mask on a workspace made of the release's own inputs: their files must equal the
// release's output.
#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/dataset/heat.h"
#include "db/dataset/mask.h"
#include "db/dataset/points.h"
#include "db/dataset/rowcol.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"
#include "db/format/npy.h"
#include "db/manifest/assets.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "db/manifest/taxonomy.h"
#include "pipeline/data_file.h"
#include "pipeline/stage.h"
#include "tests/catch.h"
#include "tests/db/dataset/made_points.h"
#include "tests/golden.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
constexpr int kViews = 5;
const std::string kUid(32, 'a');

void copy_visible_points(const fs::path& golden, int view, const fs::path& to) {
  save_visible_points(to,
                      {load_npy(golden / fmt::format("view{}_point_ids.npy", view)).as<std::int32_t>(),
                       pixels_of_rowcol(load_npy(golden / fmt::format("view{}_pixels_rowcol.npy", view)))});
}

void copy_object_mask(const fs::path& golden, int view, const fs::path& to) {
  const Image8 mask = load_image8(golden / fmt::format("object_mask_{}.png", view));
  Image8 rgba(mask.width, mask.height, 4);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) rgba.pixels[4 * i + 3] = mask.pixels[i];
  save_view_image(to, rgba);
}

void write_asset_files(const fs::path& golden, const fs::path& folder) {
  const fs::path label = view_folder(folder, ViewSet::kLabel), train = view_folder(folder, ViewSet::kTrain);
  fs::create_directories(label);
  fs::create_directories(train);
  const std::vector<double> positions = load_npy(golden / "points.npy").to_double();
  SurfacePoints points = tests::made_points(std::vector<std::int16_t>(positions.size() / 3, -1));
  for (std::size_t i = 0; i < positions.size(); ++i)
    points.positions[i / 3][static_cast<int>(i % 3)] = static_cast<float>(positions[i]);
  save_points(points_path(folder), points);
  for (int view = 0; view < kViews; ++view) {
    copy_visible_points(golden, view, visible_points_path(label, view));
    copy_visible_points(golden, view, visible_points_path(train, view));
    copy_object_mask(golden, view, view_image_path(train, view));
  }
}

// The release's boxes, with a flagged one more in every view that must not count.
std::vector<Box> golden_boxes(const fs::path& golden, const std::string& part) {
  const auto by_view = nlohmann::json::parse(std::ifstream(golden / "boxes_xyxy.json"));
  std::vector<Box> boxes;
  int view = 0;
  for (const auto& [name, of_view] : by_view.items()) {
    int sample = 0;
    for (const auto& [x1, y1, x2, y2] : of_view.get<std::vector<std::array<int, 4>>>())
      boxes.push_back({{x1, y1, x2, y2}, BoxFlag::kNone, kUid, part, view, 1, sample++});
    boxes.push_back({{0, 0, 490, 490}, BoxFlag::kInverted, kUid, part, view++, 1, sample});
  }
  return boxes;
}

// One asset whose parts "large", "small" and "edge" were grounded with the same boxes.
void fill_manifest(const fs::path& golden, Manifest& manifest) {
  Asset asset;
  asset.uid = kUid;
  asset.category = "thing";
  asset.format = "glb";
  upsert_asset(manifest, asset);
  replace_category(manifest, "thing", {},
                   {{"thing", "edge", "", false, true, {}},
                    {"thing", "large", "", false, false, {}},
                    {"thing", "small", "", true, false, {}}});
  std::vector<View> views;
  for (int view = 0; view < kViews; ++view)
    for (const ViewSet set : {ViewSet::kLabel, ViewSet::kTrain}) {
      View row;
      row.set = set;
      row.index = view;
      views.push_back(row);
    }
  replace_views(manifest, kUid, views);
  Items items(manifest, "ground");
  items.begin_listing({});
  for (const std::string part : {"edge", "large", "small"}) {
    replace_boxes(manifest, kUid, part, golden_boxes(golden, part));
    items.want({{kUid + "/" + part, "options:upstream"}});
  }
  items.end_listing();
  for (const std::string part : {"edge", "large", "small"}) {
    ItemOutcome outcome;
    outcome.key = kUid + "/" + part;
    items.finish({outcome});
  }
}

struct GoldenWorkspace {
  explicit GoldenWorkspace(const fs::path& golden) : workspace{folder.path()} {
    write_asset_files(golden, workspace.asset(kUid));
    Manifest manifest(workspace.manifest());
    fill_manifest(golden, manifest);
  }
  tests::Ran run(const std::string& stage, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"--workspace", folder.path().string(), "--workers", "1"});
    return tests::run((executable_file().parent_path() / ("funcorr-" + stage)).string(), more);
  }
  tests::TemporaryFolder folder;
  Workspace workspace;
};

}  // namespace

TEST_CASE("The stages aggregate and mask write the release's heat and masks") {
  FUNCORR_GOLDEN_OR_SKIP(golden_root);
  const fs::path golden = golden_root / "label";
  const GoldenWorkspace made(golden);
  const auto aggregated = made.run("aggregate", {"--mode", "reference", "--heat-clouds", "--min-boxes", "3"});
  INFO(aggregated.err);
  REQUIRE(aggregated.status == 0);
  const std::vector<double> expected = load_npy(golden / "heat.npy").to_double();
  CHECK(load_heat(heat_path(made.workspace.asset(kUid), "large")) == expected);
  const std::vector<double> edge = load_heat(heat_path(made.workspace.asset(kUid), "edge"));
  for (std::size_t i = 0; i < edge.size(); ++i) CHECK(edge[i] == 0.5 * expected[i]);
  CHECK(tests::read_text(made.workspace.asset(kUid) / "heat" / "large.ply").size() > 19 * expected.size());

  const auto masked = made.run("mask");
  INFO(masked.err);
  REQUIRE(masked.status == 0);
  for (const std::string part : {"large", "small", "edge"})
    for (int view = 0; view < kViews; ++view) {
      INFO(part << " " << view);
      CHECK(load_image8(mask_path(made.workspace.asset(kUid), part, view)).pixels ==
            load_image8(golden / fmt::format("mask_{}_{}.png", part, view)).pixels);
    }
  Manifest manifest(made.workspace.manifest());
  const auto rows = masks_of(manifest, kUid);
  REQUIRE(rows.size() == 3 * kViews);
  for (const MaskRecord& row : rows) {
    const auto& pixels = load_image8(mask_path(made.workspace.asset(kUid), row.part, row.view)).pixels;
    CHECK(row.pixels == std::count(pixels.begin(), pixels.end(), 255));
  }
}

TEST_CASE("A zoomed pass replaces the first, and aggregate notices what changed") {
  FUNCORR_GOLDEN_OR_SKIP(golden_root);
  const fs::path golden = golden_root / "label";
  const GoldenWorkspace made(golden);
  {
    Manifest manifest(made.workspace.manifest());
    std::vector<Box> boxes = golden_boxes(golden, "small");
    for (int sample = 0; sample < 4; ++sample)
      boxes.push_back({{0, 0, 490, 490}, BoxFlag::kNone, kUid, "small", 0, 2, sample});
    replace_boxes(manifest, kUid, "small", boxes);
  }
  REQUIRE(made.run("aggregate", {"--mode", "reference"}).status == 0);
  // Every point that view 0 shows lies in its four boxes; nothing else counts.
  const auto ids = load_npy(golden / "view0_point_ids.npy").as<std::int32_t>();
  std::vector<double> expected(load_npy(golden / "heat.npy").size(), 0.0);
  for (const auto id : ids) expected[static_cast<std::size_t>(id)] += 4;
  CHECK(load_heat(heat_path(made.workspace.asset(kUid), "small")) == expected);

  CHECK(made.run("aggregate", {"--mode", "reference", "--dry-run"}).out.find("0 of 3 items to do") !=
        std::string::npos);
  const auto other = made.run("aggregate", {"--mode", "normalized", "--dry-run"});
  CHECK(other.out.find("3 of 3 items to do") != std::string::npos);
}

}  // namespace funcorr
