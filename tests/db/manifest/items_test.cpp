#include "db/manifest/items.h"

#include <set>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/manifest/lease.h"
#include "tests/catch.h"
#include "tests/db/manifest/workspace.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

Items::Listing list(Items& items, const std::vector<WantedItem>& wanted, Items::ListingOptions options = {}) {
  items.begin_listing(options);
  items.want(wanted);
  return items.end_listing();
}

std::vector<WantedItem> numbered(int n, const std::string& fingerprint = "o:u") {
  std::vector<WantedItem> wanted;
  for (int i = 0; i < n; ++i) {
    std::string key = std::to_string(i);
    key.insert(0, 6 - key.size(), '0');
    wanted.push_back({key, fingerprint});
  }
  return wanted;
}

ItemOutcome ended(const std::string& key, ItemState state = ItemState::kDone, const std::string& kind = {}) {
  ItemOutcome outcome;
  outcome.key = key;
  outcome.state = state;
  outcome.error_kind = kind;
  outcome.error = kind.empty() ? "" : "because of " + kind;
  outcome.seconds = 1.5;
  return outcome;
}

// The pid of a process that has ended and was waited for.
Owner dead_owner() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  Owner owner = Owner::self();
  owner.pid = child;
  owner.process_start = 1;
  return owner;
}

}  // namespace

TEST_CASE("A listing tells new, changed, up-to-date, forced and gone items apart") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Items items(manifest, "render");
  CHECK(list(items, {{"a", "o1:u1"}, {"b", "o1:u1"}, {"c", "o1:u1"}, {"d", "o1:u1"}}).counts ==
        std::map<StaleReason, std::int64_t>{{StaleReason::kNew, 4}});
  CHECK(items.claim(10, Owner::self(), 60).size() == 4);
  items.finish({ended("a"), ended("b"), ended("c", ItemState::kRejected, "empty"),
                ended("d", ItemState::kFailed, "signal 11")});

  const auto listing = list(items, {{"a", "o1:u1"}, {"b", "o2:u1"}, {"c", "o1:u2"}, {"e", "o1:u1"}});
  CHECK(listing.counts == std::map<StaleReason, std::int64_t>{{StaleReason::kUpToDate, 1},
                                                              {StaleReason::kOptionsChanged, 1},
                                                              {StaleReason::kInputChanged, 1},
                                                              {StaleReason::kNew, 1},
                                                              {StaleReason::kGone, 1}});
  CHECK(listing.examples.at(StaleReason::kInputChanged) == std::vector<std::string>{"c"});
  CHECK(items.counts() == std::map<ItemState, std::int64_t>{{ItemState::kDone, 1}, {ItemState::kPending, 3}});

  // What made an item stale is still the answer when the listing is repeated before any work.
  CHECK(list(items, {{"b", "o2:u1"}}, {.dry_run = true, .partial = true}).counts ==
        std::map<StaleReason, std::int64_t>{{StaleReason::kOptionsChanged, 1}});
  CHECK(list(items, {{"a", "o1:u1"}}, {.force = true, .partial = true}).counts ==
        std::map<StaleReason, std::int64_t>{{StaleReason::kForced, 1}});
}

TEST_CASE("A dry listing changes nothing") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Items items(manifest, "render");
  list(items, {{"a", "o:u"}, {"b", "o:u"}});
  const auto dry = list(items, {{"b", "o:v"}, {"c", "o:u"}}, {.dry_run = true});
  CHECK(dry.counts.at(StaleReason::kGone) == 1);
  CHECK(dry.counts.at(StaleReason::kInputChanged) == 1);
  const auto claimed = items.claim(10, Owner::self(), 60);
  REQUIRE(claimed.size() == 2);
  CHECK(claimed[0].key == "a");
  CHECK(claimed[1].fingerprint == "o:u");
}

TEST_CASE("A partial listing keeps the others and restricts what is claimed") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Items items(manifest, "render");
  list(items, numbered(5));
  list(items, {{"000003", "o:u"}}, {.partial = true});
  const auto claimed = items.claim(10, Owner::self(), 60);
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0].key == "000003");
  CHECK(items.counts().at(ItemState::kPending) == 4);
}

TEST_CASE("Items that a listing keeps stay as they are, and are neither claimed nor counted") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Items items(manifest, "train");
  list(items, {{"full", "o:u"}, {"spatial", "o:u"}, {"sweep.a", "o:u"}, {"sweep.b", "o:u"}});
  items.begin_listing({});
  items.keep_others([](const std::string& key) { return key.starts_with("sweep."); });
  items.want({{"full", "o:u"}});
  CHECK(items.end_listing().counts ==
        std::map<StaleReason, std::int64_t>{{StaleReason::kNew, 1}, {StaleReason::kGone, 1}});
  CHECK(items.counts() == std::map<ItemState, std::int64_t>{{ItemState::kPending, 1}});
  const auto claimed = items.claim(10, Owner::self(), 60);
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0].key == "full");
  items.finish({ended("full")});
  CHECK(items.seconds_until_next_retry() < 0);  // what is kept is not waited for
  Items anew(manifest, "train");
  CHECK(anew.counts() == std::map<ItemState, std::int64_t>{{ItemState::kDone, 1}, {ItemState::kPending, 2}});
  // The next listing begins without it.
  CHECK(list(items, {{"full", "o:u"}}).counts.at(StaleReason::kGone) == 2);
}

TEST_CASE("A transient failure waits, then comes behind the others with its attempt counted") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Items items(manifest, "ground");
  list(items, numbered(2));
  REQUIRE(items.claim(1, Owner::self(), 60).size() == 1);
  ItemOutcome outcome = ended("000000", ItemState::kPending, "http 429");
  outcome.retry_after_seconds = 3600;
  items.finish({outcome});
  const auto others = items.claim(10, Owner::self(), 60);
  REQUIRE(others.size() == 1);
  CHECK(others[0].key == "000001");
  CHECK(items.seconds_until_next_retry() > 0);
  CHECK(items.seconds_until_next_retry() <= 3600);
  manifest.connection().exec("UPDATE item SET not_before = not_before - 3600");  // as if the hour were over
  CHECK(items.seconds_until_next_retry() == 0);
  const auto again = items.claim(10, Owner::self(), 60);
  REQUIRE(again.size() == 1);
  CHECK(again[0].attempt == 2);
  items.finish({ended("000000"), ended("000001")});
  CHECK(items.seconds_until_next_retry() < 0);
  CHECK(item_history(manifest, "000000").at(0).error.empty());
}

TEST_CASE("A lease of a dead owner or past its time is taken over, a living one's is not") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Items items(manifest, "render");
  list(items, numbered(3));
  Items others(manifest, "render");
  Owner abroad = Owner::self();
  abroad.host = "another-host";
  REQUIRE(others.claim(1, dead_owner(), 3600).size() == 1);
  REQUIRE(others.claim(1, abroad, 3600).at(0).key == "000000");  // the dead one's lease was returned
  REQUIRE(others.claim(1, dead_owner(), 3600).at(0).key == "000001");
  const auto mine = items.claim(10, Owner::self(), 3600);
  REQUIRE(mine.size() == 2);
  CHECK(mine[0].key == "000001");
  CHECK(mine[0].attempt == 2);
  CHECK(mine[1].attempt == 1);
  items.release(Owner::self());
  CHECK(items.claim(10, Owner::self(), -1).size() == 2);  // a lease that runs out at once
  CHECK(others.claim(10, abroad, 60).size() == 2);
  items.finish({ended("000001")});  // no longer ours
  CHECK(items.counts() == std::map<ItemState, std::int64_t>{{ItemState::kLeased, 3}});
}

TEST_CASE("A recycled pid is not its predecessor") {
  Owner owner = Owner::self();
  CHECK_FALSE(owner_is_dead(owner_text(owner)));
  owner.process_start -= 1;
  CHECK(owner_is_dead(owner_text(owner)));
}

TEST_CASE("Release gives leases back without counting the attempt") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Items items(manifest, "render");
  list(items, numbered(2));
  REQUIRE(items.claim(2, Owner::self(), 60).size() == 2);
  items.release(Owner::self());
  CHECK(list(items, numbered(2)).counts ==
        std::map<StaleReason, std::int64_t>{{StaleReason::kInterrupted, 2}});
  CHECK(items.claim(2, Owner::self(), 60).at(0).attempt == 1);
}

TEST_CASE("Retry returns failed items, and rejected ones only by their kind") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Items items(manifest, "filter");
  list(items, numbered(4));
  items.claim(4, Owner::self(), 60);
  items.finish({ended("000000", ItemState::kFailed, "timeout"),
                ended("000001", ItemState::kFailed, "signal 11"),
                ended("000002", ItemState::kRejected, "no_triangles"), ended("000003")});
  CHECK(failed_items(manifest, "", 10).size() == 3);
  CHECK(failed_items(manifest, "filter", 2).size() == 2);
  CHECK(items.retry("timeout") == 1);
  CHECK(items.retry("no_triangles") == 1);
  CHECK(items.retry() == 1);
  CHECK(items.counts() == std::map<ItemState, std::int64_t>{{ItemState::kDone, 1}, {ItemState::kPending, 3}});
  CHECK(items.claim(4, Owner::self(), 60).at(0).attempt == 1);
}

TEST_CASE("A transaction that is not committed leaves nothing") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Items items(manifest, "filter");
  list(items, numbered(1));
  items.claim(1, Owner::self(), 60);
  try {
    Transaction transaction(manifest);
    upsert_asset(manifest, tests::make_asset("000000"));
    items.finish({ended("000000")});
    throw std::runtime_error("the worker's answer cannot be read");
  } catch (const std::runtime_error&) {
  }
  CHECK_FALSE(find_asset(manifest, "000000").has_value());
  CHECK(items.counts() == std::map<ItemState, std::int64_t>{{ItemState::kLeased, 1}});
}

TEST_CASE("Done items are visited in key order, by prefix, across pages, while the visit writes") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  Items items(manifest, "ground");
  std::vector<WantedItem> wanted = numbered(2500);
  wanted.push_back({"uid/b", "o:1"});
  wanted.push_back({"uid/a", "o:2"});
  wanted.push_back({"uidx/a", "o:3"});
  list(items, wanted);
  for (const LeasedItem& item : items.claim(3000, Owner::self(), 60)) {
    if (item.key != "000007") items.finish({ended(item.key)});
  }
  Items next(manifest, "aggregate");
  next.begin_listing({});
  std::vector<std::string> keys;
  for_each_done_item(manifest, "ground", [&](const DoneItem& item) {
    keys.push_back(item.key);
    next.want({{item.key, "x:" + item.fingerprint}});
  });
  CHECK(next.end_listing().counts.at(StaleReason::kNew) == 2502);
  CHECK(keys.size() == 2502);
  CHECK(std::is_sorted(keys.begin(), keys.end()));
  keys.clear();
  for_each_done_item(
      manifest, "ground", [&](const DoneItem& item) { keys.push_back(item.key); }, "uid/");
  CHECK(keys == std::vector<std::string>{"uid/a", "uid/b"});
  CHECK(done_fingerprint(manifest, "ground", "uid/a") == "o:2");
  CHECK_FALSE(done_fingerprint(manifest, "ground", "000007").has_value());
  CHECK(item_history(manifest, "uid").size() == 4);  // of ground and of aggregate, not of "uidx"
}

TEST_CASE("Processes that claim at the same time never share an item") {
  constexpr int kProcesses = 4, kItems = 600;
  const TemporaryFolder folder;
  {
    Manifest manifest(folder / "manifest.sqlite");
    Items items(manifest, "render");
    list(items, numbered(kItems));
  }
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    const pid_t child = fork();
    if (child == 0) {
      int status = 1;
      try {
        Manifest manifest(folder / "manifest.sqlite");
        Items items(manifest, "render");
        Items taken(manifest, "taken-" + std::to_string(process));
        taken.begin_listing({.partial = true});
        for (auto leased = items.claim(7, Owner::self(), 600); !leased.empty();
             leased = items.claim(7, Owner::self(), 600)) {
          Transaction transaction(manifest);
          for (const LeasedItem& item : leased) {
            items.finish({ended(item.key)});
            taken.want({{item.key, "o:u"}});
          }
          transaction.commit();
        }
        status = 0;
      } catch (const std::exception& error) {
        fprintf(stderr, "%s\n", error.what());
      }
      _exit(status);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  Manifest manifest(folder / "manifest.sqlite");
  CHECK(Items(manifest, "render").counts() == std::map<ItemState, std::int64_t>{{ItemState::kDone, kItems}});
  std::int64_t taken = 0;
  std::set<std::string> keys;
  for (int process = 0; process < kProcesses; ++process) {
    Items items(manifest, "taken-" + std::to_string(process));
    for (const LeasedItem& item : items.claim(kItems, Owner::self(), 60)) {
      keys.insert(item.key);
      ++taken;
    }
  }
  CHECK(taken == kItems);
  CHECK(keys.size() == kItems);
}

}  // namespace funcorr
