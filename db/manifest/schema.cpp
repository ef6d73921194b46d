#include "db/manifest/schema.h"

#include <map>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "db/manifest/migration.h"

namespace funcorr {
namespace {

// Our views of a database, their CREATE statements by name.
std::map<std::string, std::string> views_of(SQLite::Database& database) {
  std::map<std::string, std::string> views;
  SQLite::Statement query(database,
                          "SELECT name, sql FROM sqlite_master WHERE type = 'view' AND name GLOB 'stats_*'");
  while (query.executeStep()) views[query.getColumn(0).getString()] = query.getColumn(1).getString();
  return views;
}

// Views may be made before the tables that they read.
SQLite::Database database_of_views() {
  SQLite::Database database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(std::string(embedded_views()));
  return database;
}

bool has_todays_views(SQLite::Database& database) {
  static const std::map<std::string, std::string> todays = [] {
    SQLite::Database made = database_of_views();
    return views_of(made);
  }();
  return views_of(database) == todays;
}

void drop_views(SQLite::Database& database) {
  for (const auto& [name, sql] : views_of(database)) database.exec("DROP VIEW \"" + name + "\"");
}

// Holds the write lock, so that what a step finds is still so when it writes: of several processes that open
// an old manifest at once, one does the step and the others find it done.
template <typename Step>
void in_transaction(SQLite::Database& database, const Step& step) {
  database.exec("BEGIN IMMEDIATE");
  try {
    step();
    database.exec("COMMIT");
  } catch (...) {
    database.tryExec("ROLLBACK");
    throw;
  }
}

int version_of(SQLite::Database& database) { return database.execAndGet("PRAGMA user_version").getInt(); }

}  // namespace

void upgrade_schema(SQLite::Database& database) {
  for (const Migration& migration : embedded_migrations()) {
    if (version_of(database) >= migration.version) continue;
    in_transaction(database, [&] {
      if (version_of(database) >= migration.version) return;
      drop_views(database);  // they may read what the step changes
      database.exec(migration.sql);
      database.exec("PRAGMA user_version = " + std::to_string(migration.version));
    });
  }
  if (has_todays_views(database)) return;
  in_transaction(database, [&] {
    if (has_todays_views(database)) return;
    drop_views(database);
    database.exec(std::string(embedded_views()));
  });
}

void shadow_views(SQLite::Database& database) {
  if (has_todays_views(database)) return;
  std::string views(embedded_views());
  const std::string create = "CREATE VIEW ", create_here = "CREATE TEMP VIEW ";
  for (std::size_t at = views.find(create); at != std::string::npos;
       at = views.find(create, at + create_here.size()))
    views.replace(at, create.size(), create_here);
  database.exec("PRAGMA temp_store = MEMORY");
  database.exec(views);
}

const std::vector<std::string>& view_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> in_order;
    SQLite::Database made = database_of_views();
    SQLite::Statement query(made, "SELECT name FROM sqlite_master ORDER BY rowid");
    while (query.executeStep()) in_order.push_back(query.getColumn(0).getString());
    return in_order;
  }();
  return names;
}

}  // namespace funcorr
