// What users' machines do to a run: disks that are full or read-only, manifests and configurations that
// cannot be used. Each ends with one line that names the thing and the remedy, with the right status, and
// nothing is lost.
#include <algorithm>
#include <map>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/mount.h>

#include "db/manifest/items.h"
#include "db/manifest/manifest.h"
#include "tests/catch.h"
#include "tests/pipeline/manifest_dump.h"
#include "tests/pipeline/program.h"
#include "tests/skip.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::manifest_rows;
using tests::Ran;
using tests::run_fake;
using tests::TemporaryFolder;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

// A small disk of its own in memory; mounted() is false where this process may not mount.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& size)
      : mounted_(::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0) {}
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }
  const fs::path& path() const { return folder_.path(); }
  void remount(unsigned long flags, const std::string& size) const {
    const int result =
        ::mount("tmpfs", path().c_str(), "tmpfs", MS_REMOUNT | flags, ("size=" + size).c_str());
    REQUIRE(result == 0);
  }

 private:
  TemporaryFolder folder_;
  bool mounted_;
};

std::map<ItemState, std::int64_t> counts(const fs::path& workspace) {
  Manifest manifest(workspace / "manifest.sqlite");
  return Items(manifest, "fake").counts();
}

TEST_CASE(
    "a disk that fills up stops the stage, and with room again the same command ends as on a large one") {
  const bool in_process = GENERATE(false, true);
  const SmallDisk small("6m");
  if (!small.mounted()) {
    tests::skip("this process may not mount a small disk");
    return;
  }
  std::vector<std::string> arguments = {"--count", "200", "--min-free-disk-mb", "0", "--work-ms", "20"};
  if (in_process) arguments.push_back("--in-process");
  const Ran full = run_fake(small.path(), arguments);
  INFO(full.err);
  CHECK(full.status == 3);
  // Whoever writes next finds it: an artifact or the manifest.
  CHECK((has(last_line(full.err), "free some space") || has(last_line(full.err), "free space on")));
  CHECK(has(last_line(full.err), small.path().string()));

  small.remount(0, "64m");
  auto after = counts(small.path());
  CHECK(after[ItemState::kDone] > 0);
  CHECK(after[ItemState::kDone] < 200);
  CHECK(after[ItemState::kFailed] + after[ItemState::kRejected] == 0);  // the disk's fault is no item's
  CHECK(run_fake(small.path(), arguments).status == 0);
  const TemporaryFolder large;
  CHECK(run_fake(large.path(), arguments).status == 0);
  CHECK(manifest_rows(small.path()) == manifest_rows(large.path()));
}

TEST_CASE("a stage stops before the disk is full when little is left") {
  const SmallDisk small("16m");
  if (!small.mounted()) {
    tests::skip("this process may not mount a small disk");
    return;
  }
  const Ran ran = run_fake(small.path(), {"--count", "10", "--min-free-disk-mb", "100"});
  CHECK(ran.status == 3);
  CHECK(has(ran.err, "min_free_disk_mb"));
  CHECK(std::count(ran.err.begin(), ran.err.end(), '\n') == 1);
  CHECK_FALSE(fs::exists(small.path() / "manifest.sqlite"));
}

TEST_CASE("a read-only workspace is refused for work, and can be looked at") {
  const SmallDisk disk("32m");
  if (!disk.mounted()) {
    tests::skip("this process may not mount a small disk");
    return;
  }
  REQUIRE(run_fake(disk.path(), {"--count", "5"}).status == 0);
  disk.remount(MS_RDONLY, "32m");
  const Ran work = run_fake(disk.path(), {"--count", "6"});
  CHECK(work.status == 3);
  CHECK(has(work.err, "it cannot be written (Read-only file system); use a writable folder"));
  CHECK(std::count(work.err.begin(), work.err.end(), '\n') == 1);
  const Ran look = run_fake(disk.path(), {"--count", "6", "--dry-run"});
  INFO(look.err);
  CHECK(look.status == 0);
  CHECK(has(look.out, "6 of 6 items to do"));
}

TEST_CASE("a manifest of a newer version is left as it is") {
  const TemporaryFolder w;
  REQUIRE(run_fake(w.path(), {"--count", "2"}).status == 0);
  {
    SQLite::Database database((w / "manifest.sqlite").string(), SQLite::OPEN_READWRITE);
    database.exec("PRAGMA user_version = 4711");
  }
  for (const std::vector<std::string>& more : {std::vector<std::string>{"--count", "3"}, {"--dry-run"}}) {
    const Ran ran = run_fake(w.path(), more);
    CHECK(ran.status == 3);
    CHECK(std::count(ran.err.begin(), ran.err.end(), '\n') == 1);
    CHECK(has(ran.err, "schema version 4711"));
    CHECK(has(ran.err, "use the newer funcorr"));
  }
}

TEST_CASE("a configuration that cannot be used is named, with its line and what would be right") {
  struct Row {
    std::string text;
    std::vector<std::string> parts;
  };
  const auto row =
      GENERATE(Row{"[fake]\ncuont = 3\n", {"funcorr.toml:2", "cuont", "did you mean 'count'?"}},
               Row{"[fkae]\ncount = 3\n", {"funcorr.toml:1", "[fkae]"}},
               Row{"sede = 3\n", {"funcorr.toml:1", "did you mean 'seed'?"}},
               Row{"[fake]\ncount = \"many\"\n", {"funcorr.toml:2", "count", "an integer 0 … 1000000"}},
               Row{"[fake]\ncount = 3\ncount = 4\n", {"funcorr.toml:3"}},
               Row{"[fake\n", {"funcorr.toml:1", "not valid TOML"}},
               Row{"[fake]\nwork_ms = 2026-01-01\n", {"funcorr.toml:2", "work_ms"}});
  const TemporaryFolder w;
  w.write("funcorr.toml", row.text);
  const Ran ran = run_fake(w.path(), {});
  INFO(ran.err);
  CHECK(ran.status == 2);
  CHECK(std::count(ran.err.begin(), ran.err.end(), '\n') == 1);
  for (const std::string& part : row.parts) CHECK(has(ran.err, part));
  CHECK_FALSE(fs::exists(w / "manifest.sqlite"));
}

TEST_CASE("a configuration that cannot be read is an error of the environment") {
  const TemporaryFolder w;
  for (const std::string& config : {(w / "none.toml").string(), w.path().string()}) {
    const Ran ran = run_fake(w.path(), {"--config", config});
    CHECK(ran.status == 3);
    CHECK(std::count(ran.err.begin(), ran.err.end(), '\n') == 1);
    CHECK(has(ran.err, config));
    CHECK(has(ran.err, "check that it exists"));
  }
}

}  // namespace
}  // namespace funcorr
