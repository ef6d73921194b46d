#include "db/manifest/connection.h"

#include <algorithm>
#include <chrono>

#include <sqlite3.h>

namespace funcorr {
namespace {

struct Meaning {
  ManifestError::Kind kind;
  std::string what, remedy;
};

Meaning meaning_of(int code, const std::filesystem::path& file) {
  using Kind = ManifestError::Kind;
  const std::string folder = file.parent_path().string();
  switch (code & 0xff) {
    case SQLITE_FULL:
      return {Kind::kFull, "the disk is full", "free space on the filesystem of " + folder};
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {Kind::kReadOnly, "it cannot be written", "make " + folder + " and the files in it writable"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Kind::kBusy, "another process holds its write lock",
              "wait for the other funcorr process, or see who has it open with: fuser " + file.string()};
    case SQLITE_CORRUPT:
      return {Kind::kCorrupt, "its content is damaged",
              "keep a copy, then try: sqlite3 " + file.string() + " .recover | sqlite3 recovered.sqlite"};
    case SQLITE_NOTADB:
      return {Kind::kCorrupt, "it is not an SQLite database", "move it away, or name another workspace"};
    case SQLITE_CANTOPEN:
      return {Kind::kOther, "it cannot be opened",
              "check that " + folder + " exists and may be read and written"};
    case SQLITE_IOERR:
      return {Kind::kOther, "reading or writing it failed",
              "check the disk (dmesg) and the free space of " + folder};
    default:
      return {Kind::kOther, "", ""};
  }
}

}  // namespace

ManifestError describe_error(const std::filesystem::path& file, const std::string& doing,
                             const SQLite::Exception& error) {
  const Meaning meaning = meaning_of(error.getErrorCode(), file);
  std::string message = "manifest " + file.string() + ": ";
  message += meaning.what.empty() ? std::string(error.what()) : meaning.what + " (" + error.what() + ")";
  message += " while " + doing;
  if (!meaning.remedy.empty()) message += "; " + meaning.remedy;
  return ManifestError(meaning.kind, message);
}

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void Query::prepare() {
  const auto found = impl_.idle.find(sql_);
  if (found != impl_.idle.end() && !found->second.empty()) {
    statement_ = std::move(found->second.back());
    found->second.pop_back();
    return;
  }
  try {
    statement_ = std::make_unique<SQLite::Statement>(*impl_.database, sql_);
  } catch (const SQLite::Exception& error) {
    throw describe_error(impl_.file, doing(), error);
  }
}

Query::~Query() {
  if (!statement_) return;
  try {
    statement_->tryReset();
    statement_->clearBindings();
    impl_.idle[sql_].push_back(std::move(statement_));
  } catch (const std::exception&) {
    statement_.reset();  // a statement that cannot be reset is prepared anew the next time
  }
}

bool Query::step() {
  try {
    return statement_->executeStep();
  } catch (const SQLite::Exception& error) {
    throw describe_error(impl_.file, doing(), error);
  }
}

std::int64_t Query::run() {
  while (step()) {
  }
  return statement_->getChanges();
}

std::int64_t Query::integer(int column) const { return statement_->getColumn(column).getInt64(); }
double Query::real(int column) const { return statement_->getColumn(column).getDouble(); }
std::string Query::text(int column) const { return statement_->getColumn(column).getString(); }
bool Query::is_null(int column) const { return statement_->isColumnNull(column); }

void Query::bind(int index, std::int64_t value) { statement_->bind(index, value); }
void Query::bind(int index, double value) { statement_->bind(index, value); }  // NaN becomes NULL
void Query::bind(int index, const std::string& value) { statement_->bind(index, value); }

std::string Query::doing() const {
  constexpr std::size_t kShown = 60;
  std::string head = sql_.substr(0, kShown);
  std::replace(head.begin(), head.end(), '\n', ' ');
  return "running \"" + head + (sql_.size() > kShown ? "…\"" : "\"");
}

ManifestError Query::unknown_name(int column) const {
  return ManifestError(ManifestError::Kind::kCorrupt,
                       "manifest " + impl_.file.string() + ": it has \"" + text(column) + "\" as " +
                           statement_->getColumnName(column) +
                           ", which this funcorr does not know, met while " + doing());
}

WriteScope::WriteScope(Manifest& manifest) {
  if (sqlite3_get_autocommit(manifest.connection().getHandle()) != 0) {
    own_ = std::make_unique<Transaction>(manifest);
  }
}

void WriteScope::commit() {
  if (own_) own_->commit();
}

}  // namespace funcorr
