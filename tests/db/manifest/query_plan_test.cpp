// Made for 10 million assets: what a stage runs in its loop must be answered by an index. The very statements
// are looked at: SQLite lists those a connection has prepared.
#include <set>
#include <string>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

#include "db/manifest/assets.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "db/manifest/ledger.h"
#include "db/manifest/pilot.h"
#include "db/manifest/selection.h"
#include "db/manifest/spend.h"
#include "db/manifest/taxonomy.h"
#include "tests/catch.h"
#include "tests/db/manifest/workspace.h"

namespace funcorr {
namespace {

using tests::make_asset;
using tests::TemporaryFolder;

std::set<std::string> prepared_statements(Manifest& manifest) {
  sqlite3* handle = manifest.connection().getHandle();
  std::set<std::string> statements;
  for (sqlite3_stmt* statement = sqlite3_next_stmt(handle, nullptr); statement != nullptr;
       statement = sqlite3_next_stmt(handle, statement)) {
    statements.insert(sqlite3_sql(statement));
  }
  return statements;
}

// Lines of the plan that walk through a whole table or index, through a whole stage, or sort.
std::vector<std::string> slow_steps(Manifest& manifest, const std::string& sql) {
  std::vector<std::string> slow;
  SQLite::Statement plan(manifest.connection(), "EXPLAIN QUERY PLAN " + sql);
  while (plan.executeStep()) {
    const std::string step = plan.getColumn(3).getString();
    const bool walks = step.rfind("SCAN", 0) == 0 && step != "SCAN CONSTANT ROW" && step != "SCAN listed";
    const bool walks_stage = step == "SEARCH item USING PRIMARY KEY (stage=?)";
    if (walks || walks_stage || step.find("TEMP B-TREE") != std::string::npos) slow.push_back(step);
  }
  return slow;
}

void check_no_slow_steps(Manifest& manifest, std::size_t at_least) {
  const std::set<std::string> statements = prepared_statements(manifest);
  CHECK(statements.size() >= at_least);
  for (const std::string& sql : statements) {
    if (sql.rfind("CREATE", 0) == 0) continue;
    CAPTURE(sql);
    CHECK(slow_steps(manifest, sql) == std::vector<std::string>{});
  }
}

}  // namespace

TEST_CASE("A stage's loop over items walks through no table") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Items items(manifest, "render");
  {
    Manifest lister(folder /
                    "manifest.sqlite");  // the end of a listing, once a run, does walk through its stage
    Items listed(lister, "render");
    listed.begin_listing({});
    listed.want({{"aa", "o:1"}, {"bb", "o:1"}, {"cc", "o:1"}});
    listed.end_listing();
  }
  CHECK(items.claim(2, Owner::self(), 60).size() == 2);
  items.renew(Owner::self(), 60);
  items.finish({{"aa", ItemState::kFailed, "why", "timeout", 0, 0, 0}});
  items.release(Owner::self());
  items.seconds_until_next_retry();
  items.retry();
  items.retry("timeout");
  for_each_done_item(manifest, "render", [](const DoneItem&) {});
  for_each_done_item(
      manifest, "render", [](const DoneItem&) {}, "aa/");
  done_fingerprint(manifest, "render", "aa");
  item_history(manifest, "aa");
  failed_items(manifest, "", 10);
  check_no_slow_steps(manifest, 14);
}

TEST_CASE("Listing compares every item by its key") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Items items(manifest, "render");
  items.begin_listing({});
  items.want({{"aa", "o:1"}});
  items.begin_listing({.partial = true});
  items.want({{"aa", "o:2"}});
  for (const std::string& sql : prepared_statements(manifest)) {
    if (sql.rfind("CREATE", 0) == 0 || sql.rfind("DELETE FROM temp.", 0) == 0) continue;
    CAPTURE(sql);
    CHECK(slow_steps(manifest, sql) == std::vector<std::string>{});
  }
}

TEST_CASE("Rows of an asset, a pair and a request are found by their keys") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  upsert_asset(manifest, make_asset("aa", "mug"));
  set_asset_category(manifest, "aa", "mug");
  set_asset_geometry(manifest, "aa", {});
  upsert_caption(manifest, {"aa", "cap3d", "a mug"});
  caption_of(manifest, "aa");
  Selection selection;
  selection.uid = "aa";
  upsert_selection(manifest, selection);
  find_selection(manifest, "aa");
  find_asset(manifest, "aa");
  asset_geometry(manifest, "aa");
  set_split(manifest, "aa", Split::kTest);
  asset_split(manifest, "aa");
  replace_category(manifest, "mug", {"hold"}, {{"mug", "handle", "", false, false, {"hold"}}});
  parts_of_category(manifest, "mug");
  functions_of_category(manifest, "mug");
  replace_views(manifest, "aa", {View{}});
  views_of(manifest, "aa", ViewSet::kLabel);
  replace_boxes(manifest, "aa", "handle", {Box{}});
  boxes_of(manifest, "aa", "handle");
  replace_pair_boxes(manifest, {"aa", BoxSubject::kPart, "handle"}, {Box{}});
  pair_boxes_of(manifest, {"aa", BoxSubject::kPart, "handle"});
  settled_fingerprint(manifest, "locate", "aa/part/handle");
  mean_seconds(manifest, "evaluate", "full@");
  upsert_part_support(manifest, {"aa", "handle", 0, 0, 0, 0, 0, 0});
  find_part_support(manifest, "aa", "handle");
  replace_masks(manifest, "aa", "handle", {{"aa", "handle", 0, 0, MaskBranch::kEmpty}});
  masks_of(manifest, "aa");
  Ledger ledger(manifest);
  ledger.set_policy({.repeat_in_doubt = false, .budgets = {{"p", 9}}});
  const auto claim = [&](const std::string& key) {
    return ledger.claim({.key = key, .provider = "p", .reserved = 1}).id;
  };
  const std::int64_t asked = claim("k"), withdrawn = claim("l"), batched = claim("m");
  ledger.record({.ids = {asked}, .choices = 1, .cost = 1});
  ledger.withdraw(withdrawn);
  ledger.answered("k");
  ledger.find(asked);
  ledger.mark_in_doubt();
  ledger.troubles("ground", "aa/rim", 5);
  ledger.set_pace("p", "{}");
  ledger.pace("p");
  const std::int64_t batch = ledger.open_batch("p", {{batched}}).id;
  ledger.set_remote_batch(batch, "b");
  ledger.adopt_batches("p");
  ledger.close_batch(batch, false);
  past_answers(manifest, "ground", "p", "m");
  replace_spend_estimates(manifest, "ground", "p", "m", {{"mug", {}}});
  store_passed_pilot(manifest, {"ground", "p", "m", "s"}, {24, 20});
  passed_pilot(manifest, {"ground", "p", "m", "s"});
  Pair pair;
  pair.id = "hold/aa|||aa|||handle/trial_0";
  pair.uid_1 = pair.uid_2 = "aa";
  replace_pairs(manifest, "hold/aa|||aa|||handle", {pair});
  find_pair(manifest, pair.id);
  replace_metrics(manifest, {"full", pair.id}, {{"full", pair.id, 0, "a", 1}});
  for_each_pair(manifest, [](const Pair&) {});
  for_each_metric(manifest, [](const MetricWithPair&) {});
  for_each_asset(manifest, [](const Asset&) {});
  check_no_slow_steps(manifest, 36);
}

TEST_CASE("The plan check itself notices a walk and a sort") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  CHECK(slow_steps(manifest, "SELECT * FROM asset WHERE name = 'x'").size() == 1);
  CHECK(slow_steps(manifest, "SELECT * FROM item WHERE stage = 'x' ORDER BY fingerprint").size() == 2);
}

}  // namespace funcorr
