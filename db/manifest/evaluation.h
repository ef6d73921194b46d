#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "db/dataset/record/pair.h"
#include "db/manifest/manifest.h"

namespace funcorr {

// Tables pair, run and metric.

// Replaces all trials of the annotated pair `key` ("<function>/<uid1>|||<uid2>|||<label>").
void replace_pairs(Manifest& manifest, const std::string& key, const std::vector<Pair>& pairs);
std::optional<Pair> find_pair(Manifest& manifest, const std::string& id);
void for_each_pair(Manifest& manifest, const std::function<void(const Pair&)>& visit);  // in id order

void upsert_run(Manifest& manifest, const Run& run);
std::vector<Run> all_runs(Manifest& manifest);

// Replaces all metrics of (row, run, pair).
void replace_metrics(Manifest& manifest, const RowAndPair& measured, const std::vector<Metric>& metrics);
// By row, run, pair, direction, name.
void for_each_metric(Manifest& manifest, const std::function<void(const MetricWithPair&)>& visit);
// Those of evaluate's finished items; metrics of pairs that are not items any more do not count.
void for_each_current_metric(Manifest& manifest, const std::function<void(const MetricWithPair&)>& visit);

}  // namespace funcorr
