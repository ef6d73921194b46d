#include "db/manifest/manifest.h"

#include <chrono>
#include <thread>
#include <utility>

#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include "db/manifest/connection.h"
#include "db/manifest/filesystem.h"
#include "db/manifest/migration.h"
#include "db/manifest/schema.h"

namespace funcorr {
namespace {

constexpr int kApplicationId = 1718969199;  // "fuco", set by migration 0001

int pragma_int(SQLite::Database& database, const char* name) {
  return database.execAndGet(std::string("PRAGMA ") + name).getInt();
}

void refuse_network_filesystem(const std::filesystem::path& file) {
  const std::string type = network_filesystem_of(file);
  if (type.empty()) return;
  throw ManifestError(
      ManifestError::Kind::kNetworkFilesystem,
      "manifest " + file.string() + ": the workspace is on a network filesystem (" + type +
          "), where SQLite's write-ahead log does not work; put the workspace on a local disk");
}

// Switching to WAL needs the database for itself and does not wait for others by itself.
void switch_to_wal(SQLite::Database& database, int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (true) {
    try {
      if (database.execAndGet("PRAGMA journal_mode").getString() == "wal") return;
      if (database.execAndGet("PRAGMA journal_mode = WAL").getString() == "wal") return;
    } catch (const SQLite::Exception& error) {
      if (error.getErrorCode() != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (std::chrono::steady_clock::now() > deadline) {
      throw SQLite::Exception("the write-ahead log could not be switched on", SQLITE_BUSY);
    }
  }
}

// Reads all at one moment: another process may be making the manifest just now.
void check_identity(SQLite::Database& database, const std::filesystem::path& file) {
  SQLite::Transaction moment(database);
  const int version = pragma_int(database, "user_version");
  const int application = pragma_int(database, "application_id");
  const bool empty = database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
  moment.commit();
  if (application != kApplicationId && !(empty && application == 0)) {
    throw ManifestError(ManifestError::Kind::kOther,
                        "manifest " + file.string() +
                            ": it is an SQLite database of another program; name another workspace");
  }
  if (version > Manifest::newest_schema_version()) {
    throw ManifestError(ManifestError::Kind::kNewerSchema,
                        "manifest " + file.string() + ": it has schema version " + std::to_string(version) +
                            ", this funcorr knows versions up to " +
                            std::to_string(Manifest::newest_schema_version()) +
                            "; use the newer funcorr that wrote it");
  }
}

std::unique_ptr<SQLite::Database> open_for_writing(const std::filesystem::path& file,
                                                   const Manifest::Options& options) {
  auto database = std::make_unique<SQLite::Database>(
      file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, options.busy_timeout_ms);
  check_identity(*database, file);
  switch_to_wal(*database, options.busy_timeout_ms);
  database->exec(options.durability == Durability::kFull ? "PRAGMA synchronous = FULL"
                                                         : "PRAGMA synchronous = NORMAL");
  database->exec("PRAGMA foreign_keys = ON");
  database->exec("PRAGMA cache_size = -65536");  // 64 MB: listings of millions of items
  // The ledger commits many times a second, to pages all over its indexes: a longer log (64 MB) writes each
  // of them into the database once where a short one would many times.
  if (options.durability == Durability::kFull) database->exec("PRAGMA wal_autocheckpoint = 16384");
  upgrade_schema(*database);
  return database;
}

// A WAL database in a folder that cannot be written opens only as "immutable", which is right when no log
// waits beside it (nobody is writing).
std::unique_ptr<SQLite::Database> open_for_reading(const std::filesystem::path& file,
                                                   const Manifest::Options& options) {
  if (!std::filesystem::exists(file)) {
    throw ManifestError(ManifestError::Kind::kOther,
                        "manifest " + file.string() +
                            ": there is none; make the workspace with `funcorr init` "
                            "and fill it with `funcorr catalog`, or name it with -w");
  }
  std::unique_ptr<SQLite::Database> database;
  try {
    database =
        std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READONLY, options.busy_timeout_ms);
    check_identity(*database, file);
  } catch (const SQLite::Exception& error) {
    const int code = error.getErrorCode();
    const std::filesystem::path log = file.string() + "-wal";
    std::error_code missing;
    const bool log_waits = std::filesystem::file_size(log, missing) > 0 && !missing;
    if ((code != SQLITE_CANTOPEN && code != SQLITE_READONLY) || log_waits) throw;
    database =
        std::make_unique<SQLite::Database>("file:" + file.string() + "?immutable=1",
                                           SQLite::OPEN_READONLY | SQLite::OPEN_URI, options.busy_timeout_ms);
    check_identity(*database, file);
  }
  const int version = pragma_int(*database, "user_version");
  if (version < Manifest::newest_schema_version()) {
    throw ManifestError(ManifestError::Kind::kOther,
                        "manifest " + file.string() + ": it has the older schema version " +
                            std::to_string(version) +
                            "; any stage upgrades it, for example: funcorr catalog");
  }
  shadow_views(*database);
  return database;
}

}  // namespace

Manifest::Manifest(const std::filesystem::path& file) : Manifest(file, Options{}) {}

Manifest::Manifest(const std::filesystem::path& file, Options options) : impl_(std::make_unique<Impl>()) {
  impl_->file = std::filesystem::absolute(file).lexically_normal();
  if (!options.allow_network_filesystem) refuse_network_filesystem(impl_->file);
  try {
    impl_->database =
        options.read_only ? open_for_reading(impl_->file, options) : open_for_writing(impl_->file, options);
  } catch (const SQLite::Exception& error) {
    throw describe_error(impl_->file, "opening it", error);
  }
}

Manifest::~Manifest() = default;
Manifest::Manifest(Manifest&&) noexcept = default;
Manifest& Manifest::operator=(Manifest&&) noexcept = default;

int Manifest::schema_version() const { return pragma_int(*impl_->database, "user_version"); }
int Manifest::newest_schema_version() { return embedded_migrations().back().version; }
const std::filesystem::path& Manifest::file() const { return impl_->file; }
void Manifest::set_busy_timeout(int milliseconds) { impl_->database->setBusyTimeout(milliseconds); }
SQLite::Database& Manifest::connection() { return *impl_->database; }

Transaction::Transaction(Manifest& manifest) : manifest_(manifest) {
  Query(manifest_, "BEGIN IMMEDIATE").run();
}

Transaction::~Transaction() {
  if (open_) manifest_.connection().tryExec("ROLLBACK");
}

void Transaction::commit() {
  Query(manifest_, "COMMIT").run();
  open_ = false;
}

}  // namespace funcorr
