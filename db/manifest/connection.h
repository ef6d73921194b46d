#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include "db/format/named_enum.h"
#include "db/manifest/manifest.h"

// Inside of db/manifest only: prepared statements and SQLite's errors in our words.
namespace funcorr {

struct Manifest::Impl {
  std::filesystem::path file;
  std::unique_ptr<SQLite::Database> database;
  // Idle prepared statements by their text. A query takes one out and gives it back, so that a query may run
  // inside a visit of the same query.
  std::map<std::string, std::vector<std::unique_ptr<SQLite::Statement>>, std::less<>> idle;
};

// `doing` completes "while …". Kind and remedy follow from SQLite's result code.
ManifestError describe_error(const std::filesystem::path& file, const std::string& doing,
                             const SQLite::Exception& error);

double unix_time();  // seconds

// One run of a prepared statement. Positional parameters; SQL NULL for std::nullptr_t.
class Query {
 public:
  template <typename... Values>
  explicit Query(Manifest& manifest, std::string_view sql, const Values&... values)
      : impl_(*manifest.impl_), sql_(sql) {
    prepare();
    int index = 0;
    (bind(++index, values), ...);
  }
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  bool step();         // false: no more rows
  std::int64_t run();  // to the end; returns the number of rows changed

  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;

  int small_integer(int column) const { return static_cast<int>(integer(column)); }
  // A value that is stored by its name. Throws ManifestError for a name that no value has.
  template <NamedEnum E>
  E named(int column) const {
    if (const auto value = from_name<E>(text(column))) return *value;
    throw unknown_name(column);
  }
  // Values that are stored as one text of their names.
  template <NamedEnum E>
  EnumSet<E> named_set(int column) const {
    try {
      return set_of_names<E>(text(column));
    } catch (const std::invalid_argument&) {
      throw unknown_name(column);
    }
  }

 private:
  void prepare();
  void bind(int index, std::int64_t value);
  void bind(int index, int value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, bool value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, double value);
  void bind(int index, const std::string& value);
  void bind(int index, const char* value) { bind(index, std::string(value)); }
  void bind(int index, std::string_view value) { bind(index, std::string(value)); }
  template <NamedEnum E>
  void bind(int index, E value) {
    bind(index, to_string(value));
  }
  template <NamedEnum E>
  void bind(int index, const EnumSet<E>& values) {
    bind(index, to_string(values));
  }
  void bind(int, std::nullptr_t) {}  // unbound parameters are NULL
  std::string doing() const;
  ManifestError unknown_name(int column) const;

  Manifest::Impl& impl_;
  std::string sql_;
  std::unique_ptr<SQLite::Statement> statement_;
};

// A transaction unless the caller has one open already: then it joins that one.
class WriteScope {
 public:
  explicit WriteScope(Manifest& manifest);
  void commit();

 private:
  std::unique_ptr<Transaction> own_;
};

}  // namespace funcorr
