#include "db/manifest/evaluation.h"

#include <limits>
#include <set>

#include "db/manifest/connection.h"
#include "db/manifest/items.h"

namespace funcorr {
namespace {

constexpr int kPage = 1024;

const std::string kPairColumns =
    "id, function, uid_1, uid_2, category_1, category_2, label, trial, view_1, view_2, points, cost, "
    "path, pair_set";

Pair pair_from(const Query& row) {
  Pair pair;
  pair.id = row.text(0);
  pair.function = row.text(1);
  pair.uid_1 = row.text(2);
  pair.uid_2 = row.text(3);
  pair.category_1 = row.text(4);
  pair.category_2 = row.text(5);
  pair.label = row.text(6);
  pair.trial = row.small_integer(7);
  pair.view_1 = row.small_integer(8);
  pair.view_2 = row.small_integer(9);
  pair.points = row.integer(10);
  pair.cost = row.real(11);
  pair.path = row.text(12);
  pair.set = row.named<PairSet>(13);
  return pair;
}

// NaN is stored as NULL.
double number_or_nan(const Query& row, int column) {
  return row.is_null(column) ? std::numeric_limits<double>::quiet_NaN() : row.real(column);
}

}  // namespace

// Trials that stay are updated in place, so that their metrics stay too.
void replace_pairs(Manifest& manifest, const std::string& key, const std::vector<Pair>& pairs) {
  std::set<std::string> kept;
  WriteScope scope(manifest);
  for (const Pair& pair : pairs) {
    kept.insert(pair.id);
    Query(manifest,
          "INSERT INTO pair (" + kPairColumns +
              ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
              "function = excluded.function, uid_1 = excluded.uid_1, uid_2 = excluded.uid_2, "
              "category_1 = excluded.category_1, category_2 = excluded.category_2, label = excluded.label, "
              "trial = excluded.trial, view_1 = excluded.view_1, view_2 = excluded.view_2, points = "
              "excluded.points, "
              "cost = excluded.cost, path = excluded.path, pair_set = excluded.pair_set",
          pair.id, pair.function, pair.uid_1, pair.uid_2, pair.category_1, pair.category_2, pair.label,
          pair.trial, pair.view_1, pair.view_2, pair.points, pair.cost, pair.path, pair.set)
        .run();
  }
  std::vector<std::string> gone;
  {
    Query query(manifest, "SELECT id FROM pair WHERE id > ? AND id < ?", key + "/", key + "0");
    while (query.step()) {
      if (!kept.contains(query.text(0))) gone.push_back(query.text(0));
    }
  }
  for (const std::string& id : gone) Query(manifest, "DELETE FROM pair WHERE id = ?", id).run();
  scope.commit();
}

std::optional<Pair> find_pair(Manifest& manifest, const std::string& id) {
  Query query(manifest, "SELECT " + kPairColumns + " FROM pair WHERE id = ?", id);
  if (!query.step()) return std::nullopt;
  return pair_from(query);
}

void for_each_pair(Manifest& manifest, const std::function<void(const Pair&)>& visit) {
  std::string last;
  while (true) {
    std::vector<Pair> page;
    {
      Query query(manifest, "SELECT " + kPairColumns + " FROM pair WHERE id > ? ORDER BY id LIMIT ?", last,
                  kPage);
      while (query.step()) page.push_back(pair_from(query));
    }
    for (const Pair& pair : page) visit(pair);
    if (page.size() < kPage) return;
    last = page.back().id;
  }
}

void upsert_run(Manifest& manifest, const Run& run) {
  Query(manifest,
        "INSERT OR REPLACE INTO run (name, config, state, step, steps, loss, checkpoint, updated) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        run.name, run.config_json, run.state, run.step, run.steps, run.loss, run.checkpoint, unix_time())
      .run();
}

std::vector<Run> all_runs(Manifest& manifest) {
  std::vector<Run> runs;
  Query query(manifest, "SELECT name, config, state, step, steps, loss, checkpoint FROM run ORDER BY name");
  while (query.step()) {
    runs.push_back({query.text(0), query.text(1), query.named<RunState>(2), query.integer(3),
                    query.integer(4), number_or_nan(query, 5), query.text(6)});
  }
  return runs;
}

void replace_metrics(Manifest& manifest, const RowAndPair& measured, const std::vector<Metric>& metrics) {
  const auto& [row, pair, run] = measured;
  WriteScope scope(manifest);
  Query(manifest, "DELETE FROM metric WHERE row = ? AND run = ? AND pair = ?", row, run, pair).run();
  for (const Metric& metric : metrics) {
    Query(manifest, "INSERT INTO metric (row, run, pair, direction, name, value) VALUES (?, ?, ?, ?, ?, ?)",
          row, run, pair, metric.direction, metric.name, metric.value)
        .run();
  }
  scope.commit();
}

void for_each_metric(Manifest& manifest, const std::function<void(const MetricWithPair&)>& visit) {
  Metric last;
  while (true) {
    std::vector<MetricWithPair> page;
    {
      Query query(manifest,
                  "SELECT metric.row, run, metric.pair, direction, metric.name, value, function, category_1, "
                  "category_2, pair_set FROM metric CROSS JOIN pair ON pair.id = metric.pair "
                  "WHERE (metric.row, run, metric.pair, direction, metric.name) > (?, ?, ?, ?, ?) "
                  "ORDER BY metric.row, run, metric.pair, direction, metric.name LIMIT ?",
                  last.row, last.run, last.pair, last.direction, last.name, kPage);
      while (query.step()) {
        page.push_back({{query.text(0), query.text(2), query.small_integer(3), query.text(4),
                         number_or_nan(query, 5), query.text(1)},
                        query.text(6),
                        query.text(7),
                        query.text(8),
                        query.named<PairSet>(9)});
      }
    }
    for (const MetricWithPair& metric : page) visit(metric);
    if (page.size() < kPage) return;
    last = page.back().metric;
  }
}

void for_each_current_metric(Manifest& manifest, const std::function<void(const MetricWithPair&)>& visit) {
  std::string last;
  bool is_current = false;
  for_each_metric(manifest, [&](const MetricWithPair& found) {
    const Metric& metric = found.metric;
    if (const std::string item = RowAndPair{metric.row, metric.pair, metric.run}.key(); item != last) {
      is_current = done_fingerprint(manifest, "evaluate", item).has_value();
      last = item;
    }
    if (is_current) visit(found);
  });
}

}  // namespace funcorr
