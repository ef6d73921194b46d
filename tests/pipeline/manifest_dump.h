#pragma once

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "db/manifest/manifest.h"

namespace funcorr::tests {

// Every row of every table but the ledger's (what was asked, and what the last run was estimated at) as text,
// sorted; without what differs between an undisturbed run and one that was interrupted: times, owners,
// attempts, why an item was last pending, and which call it was that brought a box.
inline std::vector<std::string> manifest_rows(const std::filesystem::path& workspace) {
  const std::set<std::string> left_out = {"owner",      "lease_until",       "attempt",
                                          "not_before", "seconds",           "updated",
                                          "reason",     "peak_memory_bytes", "request_id"};
  Manifest manifest(workspace / "manifest.sqlite");
  SQLite::Database& database = manifest.connection();
  std::vector<std::string> tables, rows;
  SQLite::Statement names(database,
                          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('request', "
                          "'spend_estimate', 'pilot') ORDER BY name");
  while (names.executeStep()) tables.push_back(names.getColumn(0).getString());
  for (const std::string& table : tables) {
    SQLite::Statement query(database, "SELECT * FROM \"" + table + "\"");
    std::vector<std::string> of_table;
    while (query.executeStep()) {
      std::string row = table;
      for (int i = 0; i < query.getColumnCount(); ++i) {
        const std::string column = query.getColumnName(i);
        if (!left_out.contains(column)) row += "|" + column + "=" + query.getColumn(i).getString();
      }
      of_table.push_back(std::move(row));
    }
    std::sort(of_table.begin(), of_table.end());
    rows.insert(rows.end(), of_table.begin(), of_table.end());
  }
  return rows;
}

}  // namespace funcorr::tests
