#pragma once

#include <string>
#include <vector>

namespace SQLite {
class Database;
}

// Inside of db/manifest only: tables and views of a manifest that is being opened. All throw
// SQLite::Exception.
namespace funcorr {

// Migrates the tables to the newest version, each step atomic, and makes the views those of views.sql where
// it has others. Several processes may do so at once.
void upgrade_schema(SQLite::Database& database);

// For a connection that may not write: where the file has other views than those of views.sql, this
// connection sees the latter in their place.
void shadow_views(SQLite::Database& database);

// Of views.sql, in its order.
const std::vector<std::string>& view_names();

}  // namespace funcorr
