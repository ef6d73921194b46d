#include "db/manifest/selection.h"

#include "db/manifest/assets.h"
#include "tests/catch.h"
#include "tests/db/manifest/workspace.h"

namespace funcorr {

TEST_CASE("Selections are stored with their steps, and follow their asset") {
  const tests::TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  for (const char* uid : {"a1", "a2", "a3", "a4"}) upsert_asset(manifest, tests::make_asset(uid));
  upsert_asset(manifest, tests::make_asset("a5", "mug"));
  for (const char* uid : {"a1", "a2", "a5"}) upsert_caption(manifest, {uid, "b", "second"});
  for (const char* uid : {"a1", "a3", "a5"}) upsert_caption(manifest, {uid, "a", "first"});

  std::vector<std::string> selectable;
  const auto list = [&] {
    selectable.clear();
    for_each_selectable_asset(manifest, [&](const CaptionedAsset& asset) {
      selectable.push_back(asset.uid + " " + asset.caption);
    });
  };
  list();
  CHECK(selectable == std::vector<std::string>{"a1 first", "a2 second", "a3 first"});

  Selection selection{"a1", "a red cup", "cup", {{"mug", 0.875}, {"bowl", 0.25}}, "mug", Dropped::kKept, ""};
  upsert_selection(manifest, selection);
  set_asset_category(manifest, "a1", "mug");
  selection.dropped = Dropped::kOverCap;
  selection.reason = "201 assets";
  upsert_selection(manifest, selection);
  const auto found = find_selection(manifest, "a1");
  REQUIRE(found.has_value());
  CHECK(found->dropped == Dropped::kOverCap);
  CHECK(found->reason == "201 assets");
  REQUIRE(found->candidates.size() == 2);
  CHECK(found->candidates[0].category == "mug");
  CHECK(found->candidates[0].cosine == 0.875);
  list();
  CHECK(selectable.size() == 3);  // its category is select's own

  CHECK(caption_of(manifest, "a1") == "first");
  CHECK(caption_of(manifest, "a4").empty());
  int visited = 0;
  for_each_selection(manifest, [&](const Selection&) { ++visited; });
  CHECK(visited == 1);
  remove_assets_not_in(manifest, "/objects", {"a2"});
  CHECK_FALSE(find_selection(manifest, "a1").has_value());
}

}  // namespace funcorr
