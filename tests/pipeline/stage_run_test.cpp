// The runtime end to end: a real stage program, its workers, its manifest.
#include <algorithm>
#include <map>

#include <SQLiteCpp/SQLiteCpp.h>
#include <nlohmann/json.hpp>

#include "db/manifest/items.h"
#include "db/manifest/manifest.h"
#include "pipeline/sandbox.h"
#include "pipeline/stage.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"
#include "tests/skip.h"

namespace funcorr {
namespace {

using nlohmann::json;
using tests::Ran;
using tests::read_text;
using tests::run_fake;
using tests::TemporaryFolder;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::map<std::string, ItemHistory> items_of(const TemporaryFolder& w, const std::vector<std::string>& keys) {
  Manifest manifest(w / "manifest.sqlite");
  std::map<std::string, ItemHistory> items;
  for (const std::string& key : keys) {
    for (const ItemHistory& item : item_history(manifest, key)) items[item.key] = item;
  }
  return items;
}
ItemHistory item_of(const TemporaryFolder& w, const std::string& key) { return items_of(w, {key})[key]; }
std::map<ItemState, std::int64_t> counts(const TemporaryFolder& w) {
  Manifest manifest(w / "manifest.sqlite");
  return Items(manifest, "fake").counts();
}

TEST_CASE("every way an item can end is recorded with its true reason") {
  const TemporaryFolder w;
  const std::vector<std::string> keys = {"ok-1",     "reject-1",      "skip-1",      "throw-1", "crash-1",
                                         "exit-1",   "print-1",       "transient-1", "big-1",   "bigjob-1",
                                         "toobig-1", "undescribed-1", "always-1"};
  std::string list;
  for (const std::string& key : keys) list += (list.empty() ? "" : ",") + key;
  const Ran ran = run_fake(w.path(), {"--list", list, "--json"});
  INFO(ran.err);
  CHECK(ran.status == 1);

  const json report = json::parse(ran.out);
  CHECK(report.at("done") == 5);
  CHECK(report.at("skipped") == 1);
  CHECK(report.at("rejected") == 1);
  CHECK(report.at("failed") == 6);
  CHECK(report.at("exit_status") == 1);
  CHECK(report.at("reasons").at("new").at("count") == 13);

  const auto items = items_of(w, keys);
  struct Row {
    std::string key, state, kind, error;
    int attempts;
  };
  for (const Row& row : std::vector<Row>{
           {"ok-1", "done", "", "", 1},
           {"print-1", "done", "", "", 1},
           {"big-1", "done", "", "", 1},
           {"bigjob-1", "done", "", "", 1},
           {"transient-1", "done", "", "", 3},
           {"reject-1", "rejected", "ugly", "it is not pretty", 1},
           {"skip-1", "skipped", "known", "it is known already", 1},
           {"throw-1", "failed", "exception", "thrown by work", 3},
           {"exit-1", "failed", "exit 7", "exited with status 7", 3},
           {"toobig-1", "failed", "answer_too_big", "65 MB", 3},
           {"undescribed-1", "failed", "describe", "nothing is known of it", 3},
           {"always-1", "failed", "busy", "the server is busy", 3},
       }) {
    INFO(row.key);
    const ItemHistory& item = items.at(row.key);
    CHECK(to_string(item.state) == row.state);
    CHECK(item.error_kind == row.kind);
    CHECK(has(item.error, row.error));
    CHECK(item.attempt == row.attempts);
    if (row.key != "undescribed-1") CHECK(item.peak_memory_bytes > 1 << 20);
  }
  const ItemHistory& crash = items.at("crash-1");
  CHECK(crash.state == ItemState::kFailed);
  const bool sanitized = crash.error_kind.starts_with("exit");  // they turn the signal into an exit
  if (!sanitized) {
    CHECK(crash.error_kind == "signal 11");
    CHECK(has(crash.error, "about to crash"));  // what it last printed
  }
  CHECK(has(crash.error, "funcorr-fake --workspace " + w.path().string() + " --item crash-1"));
  CHECK(read_text(w / "attempts/crash-1") == "xxx");  // a death costs one attempt

  SECTION("a second run does nothing, and still says that items failed") {
    const Ran again = run_fake(w.path(), {"--list", list, "--json"});
    CHECK(again.status == 1);
    CHECK(json::parse(again.out).at("to_do") == 0);
    CHECK(json::parse(again.out).at("failed_before") == 6);
    CHECK(read_text(w / "attempts/crash-1") == "xxx");
  }
  SECTION("--item repeats one item, with all that its worker prints") {
    const Ran once = run_fake(w.path(), {"--list", list, "--item", "crash-1", "--max-attempts", "1"});
    CHECK(once.status == 1);
    CHECK(has(once.err, "about to crash"));
    CHECK(has(once.out, "1 failed"));
    CHECK(read_text(w / "attempts/crash-1") == "xxxx");
    CHECK(run_fake(w.path(), {"--list", list, "--item", "ok-1"}).status == 0);
    const Ran none = run_fake(w.path(), {"--list", list, "--item", "ok-9"});
    CHECK(none.status == 2);
    CHECK(has(none.err, "ok-9"));
  }
  SECTION("what failed is tried again on request") {
    {
      Manifest manifest(w / "manifest.sqlite");
      Items(manifest, "fake").retry("exception");
    }
    const Ran retried = run_fake(w.path(), {"--list", list, "--json"});
    CHECK(json::parse(retried.out).at("failed") == 1);
    CHECK(json::parse(retried.out).at("failed_before") == 5);
  }
}

TEST_CASE("hanging and hungry workers are ended, and their neighbours unharmed") {
  const TemporaryFolder w;
  const Ran ran = run_fake(w.path(), {"--list", "hang-1,eat-1", "--count", "20", "--time-limit-s", "4",
                                      "--max-attempts", "1", "--memory-limit-mb", "600"});
  INFO(ran.err);
  CHECK(ran.status == 1);
  const auto items = items_of(w, {"hang-1", "eat-1"});
  CHECK(items.at("hang-1").error_kind == "timeout");
  CHECK(has(items.at("hang-1").error, "no answer within 4.0 s (time_limit_s)"));
  CHECK(items.at("hang-1").seconds >= 4);
  CHECK(counts(w)[ItemState::kDone] == 20);
  const ItemHistory& eat = items.at("eat-1");
  if (eat.error_kind != "memory") tests::skip("no address-space limit here (sanitizer)");
  CHECK(eat.state == ItemState::kFailed);
}

TEST_CASE("fatal outcomes stop the stage, keep what is done, and blame no item") {
  const TemporaryFolder w;
  struct Row {
    std::string key, part;
  };
  for (const Row& row :
       {Row{"fatal-1", "no credit left; add some"}, Row{"environment-1", "the HDRI is missing"},
        Row{"full-1", "No space left on device"}}) {
    INFO(row.key);
    const Ran ran = run_fake(w.path(), {"--list", row.key, "--count", "3", "-B"});
    CHECK(ran.status == 3);
    CHECK(has(ran.err, row.part));
    CHECK_FALSE(has(ran.err, "the fake stage ends"));
    CHECK(item_of(w, row.key).state == ItemState::kPending);
    CHECK(counts(w)[ItemState::kLeased] == 0);
  }
}

TEST_CASE("errors of usage and environment are one line, with the right status") {
  const TemporaryFolder w;
  const auto one_line = [](const Ran& ran) { return std::count(ran.err.begin(), ran.err.end(), '\n') == 1; };
  const Ran unknown = run_fake(w.path(), {"--cuont", "3"});
  CHECK(unknown.status == 2);
  CHECK(one_line(unknown));
  CHECK(has(unknown.err, "did you mean '--count'?"));
  const Ran no_folder = run_fake(w / "none", {});
  CHECK(no_folder.status == 3);
  CHECK(one_line(no_folder));
  CHECK(has(no_folder.err, "funcorr init"));
  const Ran no_disk = run_fake(w.path(), {"--count", "1", "--min-free-disk-mb", "1000000000"});
  CHECK(no_disk.status == 3);
  CHECK(has(no_disk.err, "free some space"));
  w.write("manifest.sqlite", std::string(5000, 'x'));
  const Ran no_manifest = run_fake(w.path(), {"--count", "1"});
  CHECK(no_manifest.status == 3);
  CHECK(one_line(no_manifest));
  CHECK(has(no_manifest.err, "manifest.sqlite"));
  std::filesystem::remove(w / "manifest.sqlite");
  w.write("funcorr.toml", "[fake]\ncount = -1\n");
  const Ran bad_config = run_fake(w.path(), {});
  CHECK(bad_config.status == 2);
  CHECK(one_line(bad_config));
  CHECK(has(bad_config.err, "funcorr.toml:2"));
}

TEST_CASE("workers that cannot start stop the stage with the reason") {
  const TemporaryFolder w;
  const Ran ran = run_fake(w.path(), {"--count", "3", "--memory-limit-mb", "1"});
  if (ran.status == 0) {
    tests::skip("no address-space limit here (sanitizer)");
    return;
  }
  INFO(ran.err);
  CHECK(ran.status == 3);
  CHECK(has(ran.err, "memory_limit_mb"));
  CHECK(counts(w)[ItemState::kPending] == 3);
}

TEST_CASE("a commit that throws fails its item only, and leaves no half rows") {
  const TemporaryFolder w;
  const Ran ran = run_fake(w.path(), {"--count", "30", "--commit-throws", "ok-000007"});
  CHECK(ran.status == 1);
  CHECK(counts(w)[ItemState::kDone] == 29);
  CHECK(has(item_of(w, "ok-000007").error, "no room for its rows"));
}

TEST_CASE("with --no-keep-going a run stops at the first failure") {
  const TemporaryFolder w;
  const Ran ran = run_fake(w.path(), {"--list", "exit-1", "--count", "400", "--work-ms", "5",
                                      "--no-keep-going", "--max-attempts", "1", "--batch", "4"});
  CHECK(ran.status == 1);
  CHECK(counts(w)[ItemState::kFailed] == 1);
  CHECK(counts(w)[ItemState::kPending] > 100);
  CHECK(counts(w)[ItemState::kLeased] == 0);
}

TEST_CASE("a dry run tells why, and changes nothing") {
  const TemporaryFolder w;
  const Ran fresh = run_fake(w.path(), {"--count", "5", "-n"});
  CHECK(fresh.status == 0);
  CHECK(has(fresh.out, "5 of 5 items to do"));
  CHECK_FALSE(std::filesystem::exists(w / "manifest.sqlite"));
  REQUIRE(run_fake(w.path(), {"--count", "5"}).status == 0);
  const json same = json::parse(run_fake(w.path(), {"--count", "5", "-n", "--json"}).out);
  CHECK(same.at("to_do") == 0);
  const json forced = json::parse(run_fake(w.path(), {"--count", "5", "-n", "--json", "-B"}).out);
  CHECK(forced.at("reasons").at("forced").at("count") == 5);
  const json changed = json::parse(run_fake(w.path(), {"--count", "5", "-n", "--json", "--seed", "1"}).out);
  CHECK(changed.at("reasons").at("options changed").at("count") == 5);
  CHECK(counts(w)[ItemState::kDone] == 5);
}

TEST_CASE("workers are recycled, and few otherwise") {
  std::string list;
  for (int i = 0; i < 40; ++i) list += (i ? ",pid-" : "pid-") + std::to_string(i);
  const auto processes = [&](const std::string& recycle_after) {
    const TemporaryFolder fresh;
    const Ran ran = run_fake(fresh.path(), {"--list", list, "--recycle-after", recycle_after, "-v"});
    CHECK(ran.status == 0);
    Manifest manifest(fresh / "manifest.sqlite");
    std::map<std::string, int> items_of_process;
    SQLite::Statement query(manifest.connection(), "SELECT description FROM function");
    while (query.executeStep()) ++items_of_process[query.getColumn(0).getString()];
    return items_of_process;
  };
  CHECK(processes("0").size() <= 2);
  const auto recycled = processes("5");
  CHECK(recycled.size() >= 8);
  for (const auto& [pid, items] : recycled) CHECK(items <= 5);
}

TEST_CASE("a worker opens nothing outside its folders where the kernel has Landlock") {
  if (landlock_abi() == 0) {
    tests::skip(landlock_status());
    return;
  }
  const TemporaryFolder w;
  CHECK(run_fake(w.path(), {"--list", "passwd-1"}).status == 0);
  CHECK(item_of(w, "passwd-1").state == ItemState::kRejected);
  CHECK(run_fake(w.path(), {"--list", "passwd-1", "--readable", "/etc"}).status == 0);
  CHECK(item_of(w, "passwd-1").state == ItemState::kDone);
  CHECK(run_fake(w.path(), {"--list", "passwd-1", "--no-sandbox", "-B"}).status == 0);
  CHECK(item_of(w, "passwd-1").state == ItemState::kDone);
}

TEST_CASE("stages that work in the stage process report from any thread") {
  const TemporaryFolder w;
  const Ran ran = run_fake(w.path(), {"--in-process", "--list", "reject-1,transient-1,skip-1,silent-1",
                                      "--count", "100", "--batch", "16", "--json"});
  INFO(ran.err);
  CHECK(ran.status == 1);
  const json report = json::parse(ran.out);
  CHECK(report.at("done") == 101);
  CHECK(report.at("rejected") == 1);
  CHECK(report.at("skipped") == 1);
  CHECK(report.at("failed") == 1);
  CHECK(item_of(w, "silent-1").error_kind == "no_answer");

  const Ran thrown = run_fake(w.path(), {"--in-process", "--list", "throw-1", "--batch", "1"});
  CHECK(thrown.status == 1);
  CHECK(item_of(w, "throw-1").error == "thrown by work");
  const Ran environment = run_fake(w.path(), {"--in-process", "--list", "environment-1", "--count", "5"});
  CHECK(environment.status == 3);
  CHECK(item_of(w, "environment-1").state == ItemState::kPending);
  CHECK(counts(w)[ItemState::kLeased] == 0);
  const Ran fatal = run_fake(w.path(), {"--in-process", "--list", "fatal-1", "--count", "5"});
  CHECK(fatal.status == 3);
  CHECK(item_of(w, "fatal-1").state == ItemState::kPending);
  CHECK(counts(w)[ItemState::kLeased] == 0);
}

TEST_CASE("an item's seed depends on seed, stage and key, and on nothing else") {
  const std::uint64_t seed = item_seed(1, "render", "abcd");
  CHECK(item_seed(1, "render", "abcd") == seed);
  CHECK(item_seed(2, "render", "abcd") != seed);
  CHECK(item_seed(1, "filter", "abcd") != seed);
  CHECK(item_seed(1, "render", "abce") != seed);
}

}  // namespace
}  // namespace funcorr
