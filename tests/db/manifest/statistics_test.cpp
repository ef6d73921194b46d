#include "db/manifest/statistics.h"

#include <nlohmann/json.hpp>

#include "db/manifest/assets.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "db/manifest/ledger.h"
#include "db/manifest/spend.h"
#include "db/manifest/taxonomy.h"
#include "tests/catch.h"
#include "tests/db/manifest/workspace.h"

namespace funcorr {
namespace {

using tests::make_asset;
using tests::TemporaryFolder;

// Two mugs and a kettle with known counts of everything; `zz` has no category.
void fill(Manifest& manifest) {
  for (const auto& [uid, category] : {std::pair{"m1", "mug"}, {"m2", "mug"}, {"k1", "kettle"}, {"zz", ""}}) {
    upsert_asset(manifest, make_asset(uid, category));
  }
  AssetGeometry geometry;
  geometry.triangles = 10;
  set_asset_geometry(manifest, "m1", geometry);
  set_asset_geometry(manifest, "k1", geometry);
  replace_category(
      manifest, "mug", {"hold", "pour-with"},
      {{"mug", "rim", "", false, false, {"pour-with"}}, {"mug", "handle", "", false, false, {"hold"}}});
  replace_category(manifest, "kettle", {"pour-with"}, {{"kettle", "spout", "", false, false, {"pour-with"}}});
  replace_category(manifest, "axe", {"hold"}, {});
  set_split(manifest, "m1", Split::kTrain);
  set_split(manifest, "m2", Split::kTest);
  set_split(manifest, "k1", Split::kUnseen);

  Items filter(manifest, "filter");
  filter.begin_listing({});
  filter.want({{"m1", "o:1"}, {"m2", "o:1"}, {"k1", "o:1"}, {"zz", "o:1"}});
  filter.end_listing();
  filter.claim(3, Owner::self(), 60);  // in key order: not zz
  ItemOutcome rejected{"m2", ItemState::kRejected, "no triangles, \"none\"\nat all", "no_triangles", 0.5, 0,
                       0};
  filter.finish({{"m1", ItemState::kDone, "", "", 2, 3 << 20, 0},
                 rejected,
                 {"k1", ItemState::kDone, "", "", 4, 1 << 20, 0}});

  Box box;
  box.pixels = {0, 0, 1, 1};
  Box flagged = box;
  flagged.view = 1;
  flagged.flag = BoxFlag::kEmpty;
  replace_boxes(manifest, "m1", "rim", {box, flagged});
  upsert_part_support(manifest, {"m1", "rim", 2, 1, 2, 200, 50, 0.75, 0.125});
  upsert_part_support(manifest, {"m2", "rim", 0, 0, 0, 0, 0, 0});
  replace_masks(manifest, "m1", "rim",
                {{"m1", "rim", 0, 30, MaskBranch::kOtsu},
                 {"m1", "rim", 1, 0, MaskBranch::kEmpty},
                 {"m1", "rim", 2, 50, MaskBranch::kOtsu}});
  replace_masks(manifest, "k1", "spout", {{"k1", "spout", 0, 0, MaskBranch::kEmpty}});

  Pair pair;
  pair.id = "pour-with/m1|||k1|||rim/trial_0";
  pair.function = "pour-with";
  pair.uid_1 = "m1";
  pair.uid_2 = "k1";
  pair.category_1 = "mug";
  pair.category_2 = "kettle";
  replace_pairs(manifest, "pour-with/m1|||k1|||rim", {pair});

  // Two samples in one answered call, one that was refused.
  Ledger ledger(manifest);
  const auto claim = [&](const std::string& key) {
    return ledger
        .claim({.key = key,
                .tag = {"ground", "m1", "mug"},
                .provider = "openai",
                .model = "cogvlm",
                .reserved = 1})
        .id;
  };
  ledger.record({.ids = {claim("k1"), claim("k2")},
                 .choices = 2,
                 .http_status = 200,
                 .raw = "{}",
                 .billed = true,
                 .tokens_in = 200,
                 .tokens_out = 20,
                 .cost = 0.125,
                 .seconds = 3});
  ledger.record({.ids = {claim("k3")}, .state = RequestState::kFailed, .http_status = 429, .seconds = 1});
}

std::string csv(Manifest& manifest, const std::string& view) { return to_csv(statistics(manifest, view)); }

}  // namespace

TEST_CASE("Every statistics view gives the numbers counted by hand") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  fill(manifest);
  CHECK(csv(manifest, "stats_stage") ==
        "stage,items,done,skipped,rejected,failed,leased,pending,seconds,seconds_per_item,peak_memory_mb\r\n"
        "filter,4,2,0,1,0,0,1,6.5,3.0,3.0\r\n");
  CHECK(csv(manifest, "category") ==
        "category,assets,accepted,rejected,functions,parts,assets_with_masks,train,test,unseen\r\n"
        ",1,0,0,0,0,0,0,0,0\r\n"
        "axe,0,0,0,1,0,0,0,0,0\r\n"
        "kettle,1,1,0,1,1,0,0,0,1\r\n"
        "mug,2,1,1,2,2,1,1,1,0\r\n");
  CHECK(csv(manifest, "function") ==
        "function,categories,parts,assets,masks,pairs,pairs_within_category,pairs_across_categories\r\n"
        "hold,2,1,2,0,0,0,0\r\n"
        "pour-with,2,2,3,2,1,0,1\r\n");
  CHECK(csv(manifest, "labels") ==
        "category,part,assets,not_found,boxes,flagged_boxes,views_with_boxes,positive_share,doubt,masks,"
        "empty_masks,mask_pixels\r\n"
        "kettle,spout,0,0,0,0,,,,1,1,\r\n"
        "mug,rim,2,1,2,1,1.0,0.25,0.125,3,1,40.0\r\n");
  replace_spend_estimates(manifest, "ground", "openai", "cogvlm", {{"mug", {9, 90, 9, 9}}});
  replace_spend_estimates(manifest, "ground", "openai", "cogvlm", {{"mug", {4, 300, 30, 0.2}}});
  CHECK(csv(manifest, "spend") ==
        "stage,category,provider,model,samples,answered,failed,in_doubt,calls,billed_calls,tokens_in,"
        "tokens_out,cost,at_most,seconds_per_call,estimated_answers,estimated_cost\r\n"
        "ground,mug,openai,cogvlm,3,2,1,0,2,1,200,20,0.125,0.0,3.0,4,0.2\r\n");
  const auto past = past_answers(manifest, "ground", "openai", "cogvlm");
  REQUIRE(past.size() == 1);
  CHECK(past.at("mug").answers == 2);
  CHECK(past.at("mug").calls == 1);
  CHECK(past.at("mug").tokens_in == 200);
  CHECK(past.at("mug").cost == 0.125);
  CHECK(past.at("mug").seconds == 3);
  CHECK(past_answers(manifest, "ground", "openai", "another").empty());
  CHECK(csv(manifest, "errors") ==
        "stage,state,kind,items,example,example_error\r\n"
        "filter,rejected,no_triangles,1,m2,\"no triangles, \"\"none\"\"\nat all\"\r\n");
}

TEST_CASE("JSON keeps numbers as numbers and nothing as null") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  fill(manifest);
  const auto labels = nlohmann::json::parse(to_json(statistics(manifest, "labels")));
  REQUIRE(labels.size() == 2);
  CHECK(labels[1]["positive_share"] == 0.25);
  CHECK(labels[0]["mask_pixels"].is_null());
  CHECK(labels[0]["part"] == "spout");
  const auto errors = nlohmann::json::parse(to_json(statistics(manifest, "errors")));
  CHECK(errors[0]["example_error"] == "no triangles, \"none\"\nat all");
  for (const std::string& view : statistics_views()) {
    CHECK(nlohmann::json::parse(to_json(statistics(manifest, view))).is_array());
  }
}

TEST_CASE("Text is aligned, numbers to the right") {
  const Table table{{"name", "items"}, {{"a", "12"}, {"größe", "3"}}, {false, true}};
  CHECK(to_text(table) == "name   items\na         12\ngröße      3\n");
}

TEST_CASE("An unknown view is refused with the names there are") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  CHECK_THROWS_AS(statistics(manifest, "stages"), UsageError);
  CHECK_THROWS_WITH(statistics(manifest, "stages"),
                    Catch::Matchers::ContainsSubstring("stage, category, function"));
}

}  // namespace funcorr
