// The stage locate against the simulated server: boxes in the very views of the ground-truth pairs.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "db/dataset/crop_file.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "db/manifest/ledger.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"
#include "tests/stages/ground_workspace.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)
namespace fs = std::filesystem;
constexpr auto uid_of = GroundWorkspace::uid_of;

// An object of a published evaluation set: nothing but the crop of a view.
const std::string kPhotographed(32, 'd');

Pair pair_of(const std::string& uid_1, int view_1, const std::string& uid_2, int view_2) {
  Pair pair;
  const std::string key = annotated_pair("pour-with", uid_1, uid_2, "x");
  pair.id = pair_id(key, 0);
  pair.function = "pour-with";
  pair.uid_1 = uid_1;
  pair.uid_2 = uid_2;
  pair.category_1 = pair.category_2 = "mug";
  pair.view_1 = view_1;
  pair.view_2 = view_2;
  return pair;
}

// Ground's workspace with the same views for evaluation, two rendered pairs and one with a photograph.
struct LocateWorkspace : GroundWorkspace {
  explicit LocateWorkspace(const std::string& url) {
    for (int i = 0; i < kAssets; ++i) {
      const fs::path folder = workspace.asset(uid_of(i));
      fs::copy(view_folder(folder, ViewSet::kLabel), view_folder(folder, ViewSet::kTrain));
      Geometry geometry = load_geometry(geometry_path(folder));
      geometry.functions["pour-with"].parts = {"rim"};
      save_geometry(geometry_path(folder), geometry);
    }
    const fs::path crop = crop_path(workspace.asset(kPhotographed), 3);
    fs::create_directories(crop.parent_path());
    Image8 object(kCropSize, kCropSize, 1);
    *object.at(100, 100) = 255;
    save_crop(crop, Image8(kCropSize, kCropSize, 3), object);
    std::ofstream(workspace.config()) << "[ground]\nservers = [\"" << url
                                      << "\"]\nmodel = \"simulated\"\nboxes = 3\nmin_free_disk_mb = 1\n";
    Manifest manifest(workspace.manifest());
    Asset photographed;
    photographed.uid = kPhotographed;
    photographed.category = "mug";
    photographed.format = "crops";
    upsert_asset(manifest, photographed);
    Items items(manifest, "pair");
    items.begin_listing({});
    for (const Pair& pair : {pair_of(uid_of(0), 1, uid_of(1), 2), pair_of(uid_of(0), 3, uid_of(2), 0),
                             pair_of(uid_of(1), 1, kPhotographed, 3)}) {
      const std::string key = annotated_pair_of(pair.id);
      replace_pairs(manifest, key, {pair});
      items.want({{key, "options:pair"}});
      ItemOutcome done;
      done.key = key;
      items.finish({done});
    }
  }
  Ran locate(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"--workspace", workspace.root.string()});
    return tests::run((executable_file().parent_path() / "funcorr-locate").string(), more);
  }
};

}  // namespace

TEST_CASE(
    "Locate asks about the parts in the pairs' views alone, by the settings of ground, one reply a view") {
  const LocateWorkspace made("http://127.0.0.1:1/v1");
  const RunningServer server(server_options(made.workspace));
  const auto ran = made.locate({"--servers", server.url(), "--by", "part,function"});
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  Manifest manifest(made.workspace.manifest());
  const auto found = [&](const std::string& uid, BoxSubject subject, const std::string& name) {
    return pair_boxes_of(manifest, {uid, subject, name});
  };
  const auto is_rim = [](const Box& box) {  // as GroundWorkspace draws it
    return std::abs(box.pixels.x1 - (30 + box.view)) <= 1 && std::abs(box.pixels.y1 - 20) <= 1 &&
           std::abs(box.pixels.x2 - (59 + box.view)) <= 1 && std::abs(box.pixels.y2 - 29) <= 1;
  };
  for (const auto& boxes :
       {found(uid_of(0), BoxSubject::kPart, "rim"), found(uid_of(0), BoxSubject::kFunction, "pour-with")}) {
    REQUIRE(boxes.size() == 2);
    CHECK(boxes[0].view == 1);
    CHECK(boxes[1].view == 3);
    CHECK(std::ranges::all_of(boxes, is_rim));
    CHECK(boxes[0].request_id > 0);
  }
  CHECK(found(uid_of(0), BoxSubject::kPart, "body").at(0).pixels !=
        found(uid_of(0), BoxSubject::kPart, "rim").at(0).pixels);
  CHECK(found(uid_of(2), BoxSubject::kPart, "rim").at(0).view == 0);
  CHECK(found(uid_of(3), BoxSubject::kPart, "rim").empty());  // of no pair
  // Of the photograph the server knows no truth: it was asked, and says that nothing is there.
  CHECK(done_fingerprint(manifest, "locate", kPhotographed + "/part/rim"));
  CHECK(found(kPhotographed, BoxSubject::kPart, "rim").empty());

  const std::int64_t views =
      2 + 2 + 1;                   // rendered ones of pairs; each is asked for body, rim and the function
  const std::int64_t in_vain = 8;  // replies without a box, of each question about the photograph
  CHECK(Ledger(manifest).spend("locate").answered == 3 * (views + in_vain));
  CHECK(Ledger(manifest).spend("ground").answered == 0);

  const auto bought = server.bill().answers;
  CHECK(made.locate({"--servers", server.url(), "--force"}).status == 0);
  CHECK(server.bill().answers == bought);
}

TEST_CASE("Locate of a name takes its section's settings, and leaves what others were answered") {
  const LocateWorkspace made("http://127.0.0.1:1/v1");
  const RunningServer server(server_options(made.workspace));
  REQUIRE(made.locate({"--servers", server.url()}).status == 0);
  std::ofstream(made.workspace.config(), std::ios::app)
      << "[locate.other]\nby = [\"function\"]\nservers = [\"" << server.url() << "\"]\n";
  const auto ran = made.locate({"--name", "other"});
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  Manifest manifest(made.workspace.manifest());
  CHECK(pair_boxes_of(manifest, {uid_of(0), BoxSubject::kPart, "rim"}).size() == 2);
  CHECK(pair_boxes_of(manifest, {uid_of(0), BoxSubject::kFunction, "pour-with", "other"}).size() == 2);
  CHECK(pair_boxes_of(manifest, {uid_of(0), BoxSubject::kFunction, "pour-with"}).empty());
  CHECK(done_fingerprint(manifest, "locate", uid_of(0) + "/function:other/pour-with"));
  CHECK(done_fingerprint(manifest, "locate", uid_of(0) + "/part/rim"));
  CHECK(models_of_locate(manifest) ==
        std::map<std::string, std::set<std::string>>{{"", {"simulated"}}, {"other", {"simulated"}}});
  const auto refused = made.locate({"--name", "a/b"});
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Catch::Matchers::ContainsSubstring("name = a/b"));
}

TEST_CASE("Locate says what it takes from where, and that a family needs a question by function") {
  const LocateWorkspace made("http://127.0.0.1:9/v1");
  const auto config = made.locate({"--print-config"});
  INFO(config.out);
  CHECK(config.out.find("http://127.0.0.1:9/v1\"]  ") != std::string::npos);
  CHECK(config.out.find("funcorr.toml:2") != std::string::npos);
  CHECK(config.out.find("\nboxes = ") == std::string::npos);  // ground's alone
  const auto estimate = made.locate({"--estimate"});
  INFO(estimate.out << estimate.err);
  CHECK(estimate.status == 0);
  CHECK(estimate.out.find("8 questions about the pairs' views of 4 assets") != std::string::npos);
  const auto refused = made.locate({"--by", "function", "--box-format", "gemini"});
  INFO(refused.err);
  CHECK(refused.status == 2);
  CHECK(refused.err.find("{{function}}") != std::string::npos);
}

}  // namespace funcorr
