#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "db/format/error.h"

namespace SQLite {
class Database;
}

namespace funcorr {

// What a manifest could not do: the message names the file, what was being done, and the remedy.
struct ManifestError : EnvironmentError {
  // Remedy class, so that a stage knows whether to stop (disk full, read-only, newer schema) or to try again
  // (busy).
  enum class Kind { kBusy, kFull, kReadOnly, kNewerSchema, kNetworkFilesystem, kCorrupt, kOther };
  ManifestError(Kind what_kind, const std::string& message) : EnvironmentError(message), kind(what_kind) {}
  Kind kind;
};

enum class Durability {
  kNormal,  // synchronous=NORMAL: a power cut may lose the last commits, a crash of ours none
  kFull,    // synchronous=FULL: a commit that returned survives a power cut (the request ledger)
};

// One connection to W/manifest.sqlite. WAL, foreign keys on, finite busy timeout. Not thread-safe: one per
// thread. Opening creates or migrates the schema (each migration atomic, under the database's own write
// lock) and makes the views today's; throws ManifestError for a newer schema than ours, a network filesystem
// (unless allowed), a file that is no manifest.
class Manifest {
 public:
  struct Options {
    Durability durability = Durability::kNormal;
    bool read_only = false;  // nothing is written: no migration; readers of statistics
    bool allow_network_filesystem = false;
    int busy_timeout_ms = 30'000;
  };
  explicit Manifest(const std::filesystem::path& file);  // with the default options
  Manifest(const std::filesystem::path& file, Options options);
  ~Manifest();
  Manifest(Manifest&&) noexcept;
  Manifest& operator=(Manifest&&) noexcept;

  int schema_version() const;
  static int newest_schema_version();
  const std::filesystem::path& file() const;
  void set_busy_timeout(int milliseconds);  // for others' transactions, from now on

  // For the typed queries of db/manifest only; nothing outside holds SQL.
  SQLite::Database& connection();

 private:
  friend class Query;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// BEGIN IMMEDIATE … COMMIT. Rolls back unless commit() was called.
class Transaction {
 public:
  explicit Transaction(Manifest& manifest);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Manifest& manifest_;
  bool open_ = true;
};

}  // namespace funcorr
