#pragma once

#include <string>
#include <vector>

#include "db/dataset/record/table.h"
#include "db/manifest/manifest.h"

namespace funcorr {

// Views of the manifest made for people: stats_stage, stats_category, stats_function, stats_labels,
// stats_quality, stats_spend, stats_errors …
std::vector<std::string> statistics_views();
Table statistics(
    Manifest& manifest,
    const std::string& view);  // "stage" or "stats_stage"; throws ManifestError naming the known ones
std::string to_text(const Table& table);  // aligned columns
std::string to_csv(const Table& table);   // RFC 4180
std::string to_json(const Table& table);  // array of objects

}  // namespace funcorr
