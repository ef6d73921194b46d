#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "db/manifest/manifest.h"

namespace funcorr {

struct Pair {      // a ground-truth image pair
  std::string id;  // "<function>/<uid1>|||<uid2>|||<label>/trial_<k>"
  std::string function, uid_1, uid_2, category_1, category_2, label;
  int trial = 0, view_1 = 0, view_2 = 0;
  std::int64_t points = 0;  // matched pixels
  double cost = 0;          // of the assignment, mean Euclidean distance in object-1 units
  std::string path;         // of the arrays, relative to the workspace
  bool within_category() const { return category_1 == category_2; }
};
// Replaces all trials of the annotated pair `key` ("<function>/<uid1>|||<uid2>|||<label>").
void replace_pairs(Manifest& manifest, const std::string& key, const std::vector<Pair>& pairs);
std::optional<Pair> find_pair(Manifest& manifest, const std::string& id);
void for_each_pair(Manifest& manifest, const std::function<void(const Pair&)>& visit);  // in id order

struct Run {                             // a training run
  std::string name, config_json, state;  // "running", "done", "failed"
  std::int64_t step = 0, steps = 0;
  double loss = 0;
  std::string checkpoint;  // relative to the workspace
};
void upsert_run(Manifest& manifest, const Run& run);
std::vector<Run> all_runs(Manifest& manifest);

struct Metric {     // one number of one (row, pair, direction)
  std::string row;  // "chance", "backbone", "vlm+backbone", "functional", "spatial", "full-no-mask", "full" …
  std::string pair;
  int direction = 0;  // 0: image 1 → 2, 1: image 2 → 1
  std::string name;   // "transfer.distance", "transfer.pck@23", "discovery.f1@10", "discovery.ap@5" …
  double value = 0;
};
// Replaces all metrics of (row, pair).
void replace_metrics(Manifest& manifest, const std::string& row, const std::string& pair,
                     const std::vector<Metric>& metrics);
struct MetricWithPair {
  Metric metric;
  std::string function, category_1, category_2;
};
void for_each_metric(
    Manifest& manifest,
    const std::function<void(const MetricWithPair&)>& visit);  // row, pair, direction, name order

}  // namespace funcorr
