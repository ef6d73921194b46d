#pragma once

#include <string>
#include <vector>

#include "db/manifest/manifest.h"

namespace funcorr {

// A view of the manifest made for people (views.sql says what each answers).
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // text as SQLite prints it; NULL is ""
  std::vector<bool> is_number;                 // by column, for JSON
};
const std::vector<std::string>& statistics_views();  // "stats_stage" …
// `view`: "stage" or "stats_stage". Throws UsageError naming the known ones.
Table statistics(Manifest& manifest, const std::string& view);
std::string to_text(const Table& table);  // aligned columns
std::string to_csv(const Table& table);   // RFC 4180
std::string to_json(const Table& table);  // array of objects

}  // namespace funcorr
