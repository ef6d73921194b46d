#pragma once

#include <string>
#include <vector>

namespace funcorr {

// One numbered file of db/migrations, embedded at build time. Applied in order, each in one transaction
// together with its PRAGMA user_version.
struct Migration {
  int version;
  std::string name;  // "0001_base"
  std::string sql;
};
const std::vector<Migration>& embedded_migrations();  // ascending from version 1

}  // namespace funcorr
