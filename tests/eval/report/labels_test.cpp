// The page's section of labels: whether probabilities keep what they promise, and what is in doubt first.
#include "db/dataset/cameras.h"
#include "db/dataset/geometry.h"
#include "db/dataset/heat.h"
#include "db/dataset/mask.h"
#include "db/dataset/points.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"
#include "db/format/artifact.h"
#include "eval/report/sections.h"
#include "tests/catch.h"
#include "tests/db/dataset/made_points.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;

// An asset of ten points, of which four lie on "rim", the others on "body"; one training view shows them in a
// row. The model's word on "rim" is `rim`, with that doubt; on "body" it is sure.
LabelledAsset write_asset(const Workspace& workspace, const std::string& uid, const std::vector<double>& rim,
                          double doubt) {
  const fs::path folder = workspace.asset(uid), views = view_folder(folder, ViewSet::kTrain);
  fs::create_directories(views);
  Geometry geometry;
  geometry.parts = {"rim", "body"};
  save_geometry(geometry_path(folder), geometry);
  save_points(points_path(folder), tests::made_points({0, 0, 0, 0, 1, 1, 1, 1, 1, 1}));
  Camera camera;
  camera.width = 20;
  camera.height = 10;
  camera.fx = camera.fy = 20;
  write_cameras(cameras_path(views), {camera});
  Image8 rgba(20, 10, 4), mask(20, 10, 1);
  VisiblePoints visible;
  for (int i = 0; i < 10; ++i) {
    visible.ids.push_back(i);
    visible.pixels.push_back({2 + i, 5});
    rgba.at(2 + i, 5)[3] = 255;
    if (i < 4) *mask.at(2 + i, 5) = 255;
  }
  save_visible_points(visible_points_path(views, 0), visible);
  save_view_image(view_image_path(views, 0), rgba);
  LabelledAsset labelled;
  labelled.asset.uid = uid;
  labelled.asset.name = "mug " + uid.substr(0, 1);
  labelled.asset.category = "mug";
  for (const char* part : {"body", "rim"}) {
    const bool is_rim = part == std::string("rim");
    labelled.parts.push_back({"mug", part, "", false, is_rim, {}});
    write_artifact(heat_path(folder, part), [&](const fs::path& file) {
      save_heat(file, is_rim ? rim : std::vector<double>{0, 0, 0, 0, 1, 1, 1, 1, 1, 1});
    });
    fs::create_directories(mask_folder(folder, part));
    save_mask(mask_path(folder, part, 0), mask);
    labelled.masks.push_back({uid, part, 0, 4, MaskBranch::kPosterior});
    labelled.supports[part].doubt = is_rim ? doubt : 0;
  }
  return labelled;
}

std::string section(const Workspace& workspace, const std::vector<LabelledAsset>& assets,
                    const Table& labels = {{"part"}, {}, {false}}) {
  PictureFolder pictures(report_page_path(workspace));
  return label_section(workspace, assets, labels, pictures).body_html;
}

// Three of the four that are promised at 0.8 are there, and one of six at 0.1.
const std::vector<double> kRim{0.8, 0.8, 0.8, 0.1, 0.8, 0.1, 0.1, 0.1, 0.1, 0.1};
const std::string kUidA(32, 'a'), kUidB(32, 'b');

}  // namespace

TEST_CASE("probabilities are held against the parts that the assets' files name, by kind of part") {
  const tests::TemporaryFolder folder;
  const Workspace workspace{folder.path()};
  const std::string page = section(workspace, {write_asset(workspace, kUidA, kRim, 0.4)});
  CHECK_THAT(page, ContainsSubstring("0.80 – 0.87"));
  CHECK_THAT(page, ContainsSubstring("0.80 → 0.75 (4)") && ContainsSubstring("0.10 → 0.17 (6)"));
  CHECK_THAT(page, ContainsSubstring("0.00 → 0.00 (4)") && ContainsSubstring("1.00 → 1.00 (6)"));  // body
  // (4 · 0.05 + 6 · 0.0667) / 10
  CHECK_THAT(page, ContainsSubstring("<td>edge</td><td class=\"n\">10</td><td class=\"n\">0.060</td>"));
  CHECK_THAT(page, ContainsSubstring("<td>large</td><td class=\"n\">10</td><td class=\"n\">0.000</td>"));
}

TEST_CASE("heats that are no probabilities, and assets whose files name no parts, have no reliability") {
  const tests::TemporaryFolder folder;
  const Workspace workspace{folder.path()};
  LabelledAsset labelled = write_asset(workspace, kUidA, kRim, 0.4);
  const fs::path geometry = geometry_path(workspace.asset(kUidA));
  save_geometry(geometry, {});
  CHECK(section(workspace, {labelled}).find("Reliability") == std::string::npos);
  labelled = write_asset(workspace, kUidA, kRim, -1);
  labelled.supports["body"].doubt = -1;
  const std::string page = section(workspace, {labelled});
  CHECK(page.find("Reliability") == std::string::npos);
  CHECK(page.find("doubt 0") == std::string::npos);
}

TEST_CASE("what is most in doubt comes first, in pictures and in the table of parts") {
  const tests::TemporaryFolder folder;
  const Workspace workspace{folder.path()};
  const std::vector<LabelledAsset> assets{write_asset(workspace, kUidA, kRim, 0.2),
                                          write_asset(workspace, kUidB, kRim, 0.6)};
  const Table labels{{"part", "doubt"}, {{"sure", "0.1"}, {"unknown", ""}, {"unsure", "0.7"}}, {false, true}};
  const std::string page = section(workspace, assets, labels);
  const auto at = [&](const std::string& text) {
    INFO(text);
    REQUIRE(page.find(text) != std::string::npos);
    return page.find(text);
  };
  CHECK(at("<td>unsure</td>") < at("<td>sure</td>"));
  CHECK(at("<td>sure</td>") < at("<td>unknown</td>"));
  // Of both assets the part in doubt.
  CHECK(at("mug b · rim: 4 mask pixels (posterior), doubt 0.60") <
        at("mug a · rim: 4 mask pixels (posterior), doubt 0.20"));
  CHECK(page.find("· body:") == std::string::npos);
}

}  // namespace funcorr
