#include "db/manifest/manifest.h"

#include <fstream>
#include <iterator>

#include <SQLiteCpp/Database.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/manifest/assets.h"
#include "db/manifest/filesystem.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "db/manifest/ledger.h"
#include "db/manifest/statistics.h"
#include "db/manifest/taxonomy.h"
#include "tests/catch.h"
#include "tests/db/manifest/workspace.h"
#include "tests/golden.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_old_manifest(const std::filesystem::path& file) {
  SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(read_text(funcorr::tests::source_dir() / "tests/db/manifest/manifest_version_1.sql"));
}

ManifestError error_of(const std::filesystem::path& file, Manifest::Options options = {}) {
  try {
    const Manifest manifest(file, options);
  } catch (const ManifestError& error) {
    return error;
  }
  FAIL("the manifest was opened");
  return {ManifestError::Kind::kOther, ""};
}

bool is_one_line_about(const ManifestError& error, const std::filesystem::path& file) {
  const std::string message = error.what();
  return message.find(file.string()) != std::string::npos && message.find('\n') == std::string::npos;
}

// Rights do not bind root: what needs them is checked in a child that has put root away.
int status_as_nobody(const std::function<bool()>& check) {
  const pid_t child = fork();
  if (child == 0) {
    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(2);
    _exit(check() ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Of so many processes that open the manifest at the same time.
int failures_to_open_at_once(const std::filesystem::path& file, int processes) {
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      int status = 1;
      try {
        status = Manifest(file).schema_version() == Manifest::newest_schema_version() ? 0 : 1;
      } catch (const std::exception& error) {
        fprintf(stderr, "%s\n", error.what());
      }
      _exit(status);
    }
    children.push_back(child);
  }
  int failures = 0;
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    failures += status == 0 ? 0 : 1;
  }
  return failures;
}

}  // namespace

TEST_CASE("A new manifest has the newest schema and the promised settings") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  CHECK(manifest.schema_version() == Manifest::newest_schema_version());
  CHECK(manifest.connection().execAndGet("PRAGMA journal_mode").getString() == "wal");
  CHECK(manifest.connection().execAndGet("PRAGMA foreign_keys").getInt() == 1);
  CHECK(manifest.connection().execAndGet("PRAGMA synchronous").getInt() == 1);
  Manifest ledger(folder / "manifest.sqlite", {.durability = Durability::kFull});
  CHECK(ledger.connection().execAndGet("PRAGMA synchronous").getInt() == 2);
}

TEST_CASE("A manifest of an older version is upgraded and keeps its rows") {
  const TemporaryFolder folder;
  write_old_manifest(folder / "manifest.sqlite");
  CHECK(error_of(folder / "manifest.sqlite", {.read_only = true}).kind == ManifestError::Kind::kOther);
  Manifest manifest(folder / "manifest.sqlite");
  CHECK(manifest.schema_version() == Manifest::newest_schema_version());
  CHECK(find_asset(manifest, "aa")->category == "mug");
  CHECK(asset_geometry(manifest, "aa")->part_names == std::vector<std::string>{"body", "handle"});
  CHECK_FALSE(asset_geometry(manifest, "bb").has_value());
  CHECK(parts_of_category(manifest, "mug").at(0).functions == std::vector<std::string>{"hold"});
  CHECK(boxes_of(manifest, "aa", "handle").at(0).pixels == PixelBox{10, 20, 30, 40});
  CHECK(Ledger(manifest).answered("k")->answer == "[[1,2,3,4]]");
  CHECK(done_fingerprint(manifest, "filter", "aa") == "o:h1");
  // The views that version 1 did not have answer from its rows.
  CHECK(to_csv(statistics(manifest, "errors")) ==
        "stage,state,kind,items,example,example_error\r\nfilter,rejected,no_triangles,1,bb,no triangles\r\n");
}

TEST_CASE("Several processes that open an old manifest at once upgrade it once") {
  const TemporaryFolder folder;
  write_old_manifest(folder / "manifest.sqlite");
  CHECK(failures_to_open_at_once(folder / "manifest.sqlite", 4) == 0);
}

TEST_CASE("Several processes that make a manifest at once all have it") {
  for (int round = 0; round < 40; ++round) {
    const TemporaryFolder folder;
    REQUIRE(failures_to_open_at_once(folder / "manifest.sqlite", 4) == 0);
  }
}

TEST_CASE("A manifest of a newer version is refused untouched") {
  const TemporaryFolder folder;
  { Manifest manifest(folder / "manifest.sqlite"); }
  SQLite::Database((folder / "manifest.sqlite").string(), SQLite::OPEN_READWRITE)
      .exec("PRAGMA user_version = 99");
  const ManifestError error = error_of(folder / "manifest.sqlite");
  CHECK(error.kind == ManifestError::Kind::kNewerSchema);
  CHECK(std::string(error.what()).find("99") != std::string::npos);
  CHECK(is_one_line_about(error, folder / "manifest.sqlite"));
  CHECK(error_of(folder / "manifest.sqlite", {.read_only = true}).kind == ManifestError::Kind::kNewerSchema);
}

TEST_CASE("What is no manifest is refused and left alone") {
  const TemporaryFolder folder;
  const std::string text(2000, 'x');
  std::ofstream(folder / "manifest.sqlite") << text;
  const ManifestError error = error_of(folder / "manifest.sqlite");
  CHECK(error.kind == ManifestError::Kind::kCorrupt);
  CHECK(is_one_line_about(error, folder / "manifest.sqlite"));
  CHECK(read_text(folder / "manifest.sqlite") == text);

  const auto other = folder.path() / "other.sqlite";
  SQLite::Database(other.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE mine (x)");
  CHECK(std::string(error_of(other).what()).find("another program") != std::string::npos);
  CHECK(is_one_line_about(error_of(folder.path() / "missing" / "manifest.sqlite"), folder.path()));
}

TEST_CASE("A damaged page is reported as damage, with the file and a remedy") {
  const TemporaryFolder folder;
  {
    Manifest manifest(folder / "manifest.sqlite");
    Transaction transaction(manifest);
    for (int i = 0; i < 3000; ++i) upsert_asset(manifest, tests::make_asset(std::to_string(i)));
    transaction.commit();
  }
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(folder / "manifest.sqlite"));
  {
    std::fstream file(folder / "manifest.sqlite", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(size / 2);
    const std::string noise(static_cast<std::size_t>(size / 2), '\x5a');
    file << noise;
  }
  Manifest manifest(folder / "manifest.sqlite");
  try {
    for_each_asset(manifest, [](const Asset&) {});
    FAIL("damage was not noticed");
  } catch (const ManifestError& error) {
    CHECK(error.kind == ManifestError::Kind::kCorrupt);
    CHECK(is_one_line_about(error, folder / "manifest.sqlite"));
    CHECK(std::string(error.what()).find(".recover") != std::string::npos);
  }
}

TEST_CASE("A full disk is told apart, and what was committed stays") {
  const TemporaryFolder folder;
  Manifest manifest(folder / "manifest.sqlite");
  upsert_asset(manifest, tests::make_asset("kept"));
  manifest.connection().exec("PRAGMA max_page_count = 1");  // raised by SQLite to the current size
  try {
    Transaction transaction(manifest);
    for (int i = 0; i < 5000; ++i) upsert_asset(manifest, tests::make_asset(std::to_string(i)));
    transaction.commit();
    FAIL("the limit was not met");
  } catch (const ManifestError& error) {
    CHECK(error.kind == ManifestError::Kind::kFull);
    CHECK(is_one_line_about(error, folder / "manifest.sqlite"));
  }
  CHECK(find_asset(manifest, "kept").has_value());
  CHECK_FALSE(find_asset(manifest, "0").has_value());
}

TEST_CASE("A writer that waits in vain says who to look for") {
  const TemporaryFolder folder;
  Manifest holder(folder / "manifest.sqlite");
  Manifest waiter(folder / "manifest.sqlite", {.busy_timeout_ms = 50});
  const Transaction held(holder);
  try {
    const Transaction second(waiter);
    FAIL("two writers at once");
  } catch (const ManifestError& error) {
    CHECK(error.kind == ManifestError::Kind::kBusy);
    CHECK(std::string(error.what()).find("fuser") != std::string::npos);
  }
}

TEST_CASE("A read-only workspace can be read but not written") {
  const TemporaryFolder folder;
  {
    Manifest manifest(folder / "manifest.sqlite");
    upsert_asset(manifest, tests::make_asset("aa"));
  }
  namespace fs = std::filesystem;
  fs::permissions(folder / "manifest.sqlite", fs::perms::owner_read | fs::perms::others_read);
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read |
                                     fs::perms::others_exec);
  CHECK(status_as_nobody([&] {
          Manifest reader(folder / "manifest.sqlite", {.read_only = true});
          return find_asset(reader, "aa").has_value();
        }) == 0);
  CHECK(status_as_nobody([&] {
          try {
            Manifest writer(folder / "manifest.sqlite");
            upsert_asset(writer, tests::make_asset("bb"));
          } catch (const ManifestError& error) {
            return error.kind == ManifestError::Kind::kReadOnly &&
                   is_one_line_about(error, folder / "manifest.sqlite");
          }
          return false;
        }) == 0);
}

TEST_CASE("Network filesystems are told from local ones") {
  CHECK(classify_network_filesystem(0x6969, "") == "nfs");
  CHECK(classify_network_filesystem(0xFF534D42, "") == "cifs");
  CHECK(classify_network_filesystem(0x01021997, "") == "9p");
  CHECK(classify_network_filesystem(0x0BD00BD0, "") == "lustre");
  CHECK(classify_network_filesystem(0x47504653, "") == "gpfs");
  CHECK(classify_network_filesystem(0x65735546, "fuse.sshfs") == "fuse.sshfs");
  CHECK(classify_network_filesystem(0x65735546, "fuseblk").empty());  // ntfs-3g on a local disk
  CHECK(classify_network_filesystem(0xEF53, "ext4").empty());
  CHECK(classify_network_filesystem(0x794c7630, "overlay").empty());  // a container's own disk
}

}  // namespace funcorr
