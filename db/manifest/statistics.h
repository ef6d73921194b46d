#pragma once

#include <string>
#include <vector>

#include "db/dataset/record/table.h"
#include "db/manifest/manifest.h"

namespace funcorr {

// The views of the manifest that are made for people (views.sql says what each answers): "stats_stage" …
const std::vector<std::string>& statistics_views();
// `view`: "stage" or "stats_stage". Throws UsageError naming the known ones.
Table statistics(Manifest& manifest, const std::string& view);
std::string to_text(const Table& table);  // aligned columns
std::string to_csv(const Table& table);   // RFC 4180
std::string to_json(const Table& table);  // array of objects

}  // namespace funcorr
