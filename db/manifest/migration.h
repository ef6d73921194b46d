#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace funcorr {

// What db/manifest holds as SQL, embedded at build time.

// One numbered file of migrations/: a step of the tables, no views. Applied in order, each in one transaction
// together with its PRAGMA user_version.
struct Migration {
  int version;
  std::string name;  // "0001_base"
  std::string sql;
};
const std::vector<Migration>& embedded_migrations();  // ascending from version 1

std::string_view embedded_views();  // views.sql

}  // namespace funcorr
