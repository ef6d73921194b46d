// Round trips of the typed rows, and what goes when an asset goes.
#include <cmath>
#include <limits>

#include <SQLiteCpp/Database.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/manifest/assets.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "db/manifest/ledger.h"
#include "db/manifest/statistics.h"
#include "db/manifest/sweep.h"
#include "db/manifest/taxonomy.h"
#include "tests/catch.h"
#include "tests/db/manifest/workspace.h"

namespace funcorr {
namespace {

using tests::make_asset;
using tests::TemporaryFolder;

Pair make_pair(const std::string& key, int trial, const std::string& uid_1, const std::string& uid_2) {
  Pair pair;
  pair.id = key + "/trial_" + std::to_string(trial);
  pair.function = "pour-with";
  pair.uid_1 = uid_1;
  pair.uid_2 = uid_2;
  pair.category_1 = "mug";
  pair.category_2 = "kettle";
  pair.label = "rim";
  pair.trial = trial;
  pair.points = 12;
  pair.cost = 0.125;
  pair.path = "eval/pairs/" + pair.id + ".npz";
  return pair;
}

}  // namespace

TEST_CASE("A second catalogue run keeps what others stored of an asset, and drops assets that are gone") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  for (const char* uid : {"aa", "bb", "cc"}) upsert_asset(manifest, make_asset(uid));
  Asset elsewhere = make_asset("dd");
  elsewhere.root = "/elsewhere";
  upsert_asset(manifest, elsewhere);
  set_asset_category(manifest, "aa", "mug");
  AssetGeometry geometry;
  geometry.triangles = 512;
  geometry.extent[1] = 0.25;
  geometry.part_names = {"body", "a \"quoted\" handle"};
  geometry.facts_json = "{\"watertight\":true}";
  set_asset_geometry(manifest, "aa", geometry);
  View view;
  view.set = ViewSet::kLabel;
  view.hdri = "studio";
  replace_views(manifest, "aa", {view});
  replace_views(manifest, "bb", {view});
  upsert_caption(manifest, {"bb", "cap3d", "a mug"});
  set_split(manifest, "bb", Split::kTest);

  Box box;
  box.pixels = {1, 2, 30, 40};
  box.view = 5;
  const PairBoxKey part{"aa", BoxSubject::kPart, "handle"}, function{"aa", BoxSubject::kFunction, "handle"};
  replace_pair_boxes(manifest, part, {box});
  replace_pair_boxes(manifest, function, {box, {.view = 6}});
  CHECK(pair_boxes_of(manifest, part).at(0).pixels == box.pixels);
  CHECK(pair_boxes_of(manifest, part).size() == 1);
  CHECK(pair_boxes_of(manifest, function).at(1).view == 6);
  const PairBoxKey named{"aa", BoxSubject::kPart, "handle", "manipvqa"};
  replace_pair_boxes(manifest, named, {{.view = 7}});  // another model's word on the same part
  CHECK(pair_boxes_of(manifest, named).at(0).view == 7);
  CHECK(pair_boxes_of(manifest, part).size() == 1);
  CHECK(models_of_locate(manifest) ==
        std::map<std::string, std::set<std::string>>{{"", {}}, {"manipvqa", {}}});
  replace_pair_boxes(manifest, named, {});
  replace_pair_boxes(manifest, part, {});
  CHECK(pair_boxes_of(manifest, part).empty());
  CHECK(pair_boxes_of(manifest, function).size() == 2);

  upsert_asset(manifest, make_asset("aa"));  // with no category: it is not forgotten
  remove_assets_not_in(manifest, "/objects", {"aa", "cc"});

  CHECK(find_asset(manifest, "aa")->category == "mug");
  CHECK(asset_geometry(manifest, "aa")->part_names == geometry.part_names);
  CHECK(asset_geometry(manifest, "aa")->extent[1] == 0.25);
  CHECK(views_of(manifest, "aa", ViewSet::kLabel).at(0).hdri == "studio");
  CHECK(views_of(manifest, "aa", ViewSet::kTrain).empty());
  CHECK_FALSE(find_asset(manifest, "bb").has_value());
  CHECK(views_of(manifest, "bb", ViewSet::kLabel).empty());
  CHECK_FALSE(asset_split(manifest, "bb").has_value());
  CHECK(find_asset(manifest, "dd").has_value());
  std::vector<std::string> uids;
  for_each_asset(manifest, [&](const Asset& asset) { uids.push_back(asset.uid); });
  CHECK(uids == std::vector<std::string>{"aa", "cc", "dd"});
  CHECK(find_assets_like(manifest, "OBJECTS/C", 10).at(0).uid == "cc");
}

TEST_CASE("The taxonomy is replaced category by category") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  upsert_function(manifest, "pour-with", "to let a liquid out");
  replace_category(manifest, "mug", {"pour-with", "hold"},
                   {{"mug", "rim", "the upper edge", true, true, {"pour-with"}},
                    {"mug", "handle", "the ear", false, false, {"hold", "pour-with"}}});
  replace_category(manifest, "kettle", {"pour-with"}, {{"kettle", "spout", "", false, false, {"pour-with"}}});
  const std::vector<Part> parts = parts_of_category(manifest, "mug");
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].name == "handle");
  CHECK(parts[0].functions == std::vector<std::string>{"hold", "pour-with"});
  CHECK(parts[1].is_small);
  CHECK(parts[1].is_edge);
  CHECK(all_functions(manifest) == std::vector<std::string>{"hold", "pour-with"});
  replace_category(manifest, "mug", {"hold"}, {});
  CHECK(parts_of_category(manifest, "mug").empty());
  CHECK(functions_of_category(manifest, "mug") == std::vector<std::string>{"hold"});
  CHECK(parts_of_category(manifest, "kettle").size() == 1);
  CHECK(all_categories(manifest) == std::vector<std::string>{"kettle", "mug"});
}

TEST_CASE("Boxes are kept with the request that paid for them") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  const std::int64_t paid = Ledger(manifest).claim({.key = "k1", .tag = {"ground"}}).id;
  upsert_asset(manifest, make_asset("aa"));
  Box box;
  box.uid = "aa";
  box.part = "rim";
  box.view = 3;
  box.request_id = paid;
  box.pixels = {1, 2, 3, 4};
  box.flag = BoxFlag::kInverted;
  Box earlier = box;
  earlier.view = 1;
  replace_boxes(manifest, "aa", "rim", {box, earlier});
  const std::vector<Box> boxes = boxes_of(manifest, "aa", "rim");
  REQUIRE(boxes.size() == 2);
  CHECK(boxes[0].view == 1);
  CHECK(boxes[1].request_id == paid);
  CHECK(boxes[1].flag == BoxFlag::kInverted);
  box.request_id = 999;  // no such request paid for it
  CHECK_THROWS_AS(replace_boxes(manifest, "aa", "rim", {box}), ManifestError);
  CHECK(boxes_of(manifest, "aa", "rim").size() == 2);
}

TEST_CASE("States and sets of flags come back, and a name that no value has is an error that tells where") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  upsert_asset(manifest, make_asset("aa"));
  View view;
  view.set = ViewSet::kTrain;
  view.flags = {ViewFlag::kAllBlack, ViewFlag::kNearlyBlank};
  replace_views(manifest, "aa", {view});
  CHECK(views_of(manifest, "aa", ViewSet::kTrain).at(0).flags == view.flags);
  AssetGeometry geometry;
  geometry.flags = {AssetFlag::kTextureMissing, AssetFlag::kOpen};
  set_asset_geometry(manifest, "aa", geometry);
  CHECK(asset_geometry(manifest, "aa")->flags == geometry.flags);
  replace_masks(manifest, "aa", "rim", {{"aa", "rim", 0, 7, MaskBranch::kOtsuFallback}});
  CHECK(masks_of(manifest, "aa").at(0).branch == MaskBranch::kOtsuFallback);
  upsert_run(manifest, {"full", "{}", RunState::kFailed, 3, 9, 0.5, ""});
  CHECK(all_runs(manifest).at(0).state == RunState::kFailed);

  SQLite::Database& database = manifest.connection();
  CHECK(database.execAndGet("SELECT flags FROM view").getString() == "nearly_blank,all_black");
  CHECK(database.execAndGet("SELECT flags FROM asset").getString() == "open,texture_missing");
  CHECK(database.execAndGet("SELECT branch FROM mask").getString() == "otsu_fallback");
  database.exec("UPDATE view SET flags = 'blank,upside_down'");
  CHECK_THROWS_WITH(views_of(manifest, "aa", ViewSet::kTrain),
                    Catch::Matchers::ContainsSubstring("\"blank,upside_down\" as flags"));
  CHECK_THROWS_AS(views_of(manifest, "aa", ViewSet::kTrain), ManifestError);
}

TEST_CASE("Pairs made anew keep the metrics of the trials that stay") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  for (const char* uid : {"aa", "bb"}) upsert_asset(manifest, make_asset(uid));
  const std::string key = "pour-with/aa|||bb|||rim";
  replace_pairs(manifest, key, {make_pair(key, 0, "aa", "bb"), make_pair(key, 1, "aa", "bb")});
  replace_pairs(manifest, key + "-other", {make_pair(key + "-other", 0, "aa", "bb")});
  for (int trial = 0; trial < 2; ++trial) {
    const std::string id = key + "/trial_" + std::to_string(trial);
    replace_metrics(manifest, {"full", id},
                    {{"full", id, 1, "transfer.distance", 0.25},
                     {"full", id, 0, "transfer.distance", std::numeric_limits<double>::quiet_NaN()}});
  }
  replace_pairs(manifest, key, {make_pair(key, 0, "aa", "bb")});
  CHECK(find_pair(manifest, key + "/trial_0")->cost == 0.125);
  CHECK_FALSE(find_pair(manifest, key + "/trial_1").has_value());
  CHECK(find_pair(manifest, key + "-other/trial_0").has_value());
  std::vector<MetricWithPair> metrics;
  for_each_metric(manifest, [&](const MetricWithPair& metric) { metrics.push_back(metric); });
  REQUIRE(metrics.size() == 2);
  CHECK(metrics[0].metric.direction == 0);
  CHECK(std::isnan(metrics[0].metric.value));
  CHECK(metrics[1].metric.value == 0.25);
  CHECK(metrics[1].category_2 == "kettle");
}

TEST_CASE("Metrics count as long as their item of evaluate is done") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  for (const char* uid : {"aa", "bb"}) upsert_asset(manifest, make_asset(uid));
  const std::string key = annotated_pair("pour-with", "aa", "bb", "rim");
  replace_pairs(manifest, key, {make_pair(key, 0, "aa", "bb"), make_pair(key, 1, "aa", "bb")});
  Items items(manifest, "evaluate");
  items.begin_listing({});
  for (const int trial : {0, 1}) {
    const std::string id = pair_id(key, trial);
    CHECK(annotated_pair_of(id) == key);
    for (const char* row : {"chance", "full"}) {
      replace_metrics(manifest, {row, id}, {{row, id, 0, "transfer.distance", 0.25}});
      const RowAndPair item{row, id};
      CHECK(RowAndPair::from_key(item.key()).pair == id);
      if (trial == 0 || item.row == "chance") items.want({{item.key(), "f"}});
    }
  }
  items.end_listing();
  for (const RowAndPair& done :
       {RowAndPair{"full", pair_id(key, 0)}, RowAndPair{"chance", pair_id(key, 1)}}) {
    ItemOutcome outcome;
    outcome.key = done.key();
    items.finish({outcome});
  }
  std::vector<RowAndPair> current;
  for_each_current_metric(manifest, [&](const MetricWithPair& found) {
    current.push_back({found.metric.row, found.metric.pair});
  });
  REQUIRE(current.size() == 2);
  CHECK((current[0].row == "chance" && current[0].pair == pair_id(key, 1)));
  CHECK((current[1].row == "full" && current[1].pair == pair_id(key, 0)));
}

TEST_CASE("Metrics of several training runs of one row stand side by side") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  for (const char* uid : {"aa", "bb"}) upsert_asset(manifest, make_asset(uid));
  const std::string key = annotated_pair("pour-with", "aa", "bb", "rim"), id = pair_id(key, 0);
  replace_pairs(manifest, key, {make_pair(key, 0, "aa", "bb")});
  Items items(manifest, "evaluate");
  items.begin_listing({});
  const std::vector<RowAndPair> measured{{"full", id}, {"full", id, "mine"}, {"full", id, "other"}};
  double value = 0;
  for (const RowAndPair& item : measured) {
    const RowAndPair read = RowAndPair::from_key(item.key());
    CHECK((read.row == item.row && read.run == item.run && read.pair == item.pair));
    items.want({{item.key(), "f"}});
    replace_metrics(manifest, item, {{"full", id, 0, "transfer.distance", ++value}});
  }
  CHECK(measured[0].key() == "full@" + id);
  CHECK(measured[1].key() == "full/mine@" + id);
  items.end_listing();
  for (const std::size_t done : {0U, 2U}) {
    ItemOutcome outcome;
    outcome.key = measured[done].key();
    items.finish({outcome});
  }
  replace_metrics(manifest, measured[2], {{"full", id, 0, "transfer.distance", 7}});
  std::map<std::string, double> current;
  for_each_current_metric(manifest,
                          [&](const MetricWithPair& one) { current[one.metric.run] = one.metric.value; });
  CHECK(current == std::map<std::string, double>{{"", 1}, {"other", 7}});
}

TEST_CASE("A sweep is its runs in their order, and its view compares their means with the base's") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  CHECK(all_sweeps(manifest).empty());
  replace_sweep(manifest, "two", {{"sweep.old", "old", "full", "", "full", "f"}});
  const std::vector<SweepRun> runs{{"sweep.base.seed-1", "base", "full", "1", "full", "f1"},
                                   {"sweep.base.seed-2", "base", "full", "2", "full", "f2"},
                                   {"sweep.alone", "alone", "functional", "1", "functional", "f3"}};
  replace_sweep(manifest, "two", runs);
  replace_sweep(manifest, "one", {runs[0]});
  CHECK(all_sweeps(manifest) == std::vector<std::string>{"one", "two"});
  const std::vector<SweepRun> read = sweep_runs(manifest, "two");
  REQUIRE(read.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK((read[i].run == runs[i].run && read[i].setting == runs[i].setting && read[i].seed == runs[i].seed));
    CHECK((read[i].changes == runs[i].changes && read[i].row == runs[i].row));
    CHECK(read[i].fingerprint == runs[i].fingerprint);
  }
  for (const char* uid : {"aa", "bb"}) upsert_asset(manifest, make_asset(uid));
  const std::string key = annotated_pair("pour-with", "aa", "bb", "rim"), id = pair_id(key, 0);
  replace_pairs(manifest, key, {make_pair(key, 0, "aa", "bb")});
  for (const auto& [run, value] : {std::pair{0U, 0.5}, {1U, 0.25}, {2U, 0.125}})
    replace_metrics(manifest, {runs[run].row, id, runs[run].run},
                    {{"", id, 0, "transfer.distance", value}, {"", id, 0, "transfer.pck@23", value}});
  CHECK(to_csv(statistics(manifest, "sweep")) ==
        "sweep,setting,metric,runs,mean,ahead\r\n"
        "one,base,transfer.distance,1,0.5,0.0\r\none,base,transfer.pck@23,1,0.5,0.0\r\n"
        "two,base,transfer.distance,2,0.375,0.0\r\ntwo,base,transfer.pck@23,2,0.375,0.0\r\n"
        "two,alone,transfer.distance,1,0.125,0.25\r\ntwo,alone,transfer.pck@23,1,0.125,-0.25\r\n");
}

TEST_CASE("More metrics than one page are visited once each, in order") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  for (const char* uid : {"aa", "bb"}) upsert_asset(manifest, make_asset(uid));
  const std::string key = "pour-with/aa|||bb|||rim";
  Transaction transaction(manifest);
  std::vector<Pair> pairs;
  for (int trial = 0; trial < 700; ++trial) pairs.push_back(make_pair(key, trial, "aa", "bb"));
  replace_pairs(manifest, key, pairs);
  for (const Pair& pair : pairs) {
    replace_metrics(manifest, {"full", pair.id},
                    {{"full", pair.id, 0, "a", 1},
                     {"full", pair.id, 0, "b", 1},
                     {"full", pair.id, 1, "a", 1},
                     {"full", pair.id, 1, "b", 1}});
  }
  transaction.commit();
  std::int64_t visited = 0;
  std::string last;
  bool ordered = true;
  for_each_metric(manifest, [&](const MetricWithPair& visit) {
    const std::string now =
        visit.metric.pair + "#" + std::to_string(visit.metric.direction) + visit.metric.name;
    ordered = ordered && last < now;
    last = now;
    ++visited;
  });
  CHECK(visited == 2800);
  CHECK(ordered);
  int count = 0;
  for_each_pair(manifest, [&](const Pair&) { ++count; });
  CHECK(count == 700);
}

}  // namespace funcorr
