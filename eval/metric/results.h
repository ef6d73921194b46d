#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/record/pair.h"
#include "eval/metric/bootstrap.h"

namespace funcorr {

inline bool is_lower_better(const std::string& metric) { return metric == "transfer.distance"; }

// Rows × metrics: mean over (pair, direction) with a bootstrap interval over annotated pairs.
struct ResultsTable {
  std::string title;
  std::vector<std::string> metrics;
  struct Row {
    std::string name;
    std::vector<Interval> cells;  // one per metric; samples = 0: not measured
  };
  std::vector<Row> rows;
  bool is_of_differences = false;  // above 0 the first is better; there is no best row
  // Index of the best row of a column (the first of equals); none where nothing was measured or
  // there is nothing to compare with.
  std::optional<std::size_t> best_row(std::size_t column) const;
};

// Collects metric values and makes the tables that evaluate prints and report draws. The unit of the
// bootstrap is the annotated pair.
class Results {
 public:
  explicit Results(std::uint64_t seed, double confidence = 0.95) : seed_(seed), confidence_(confidence) {}
  void add(const MetricWithPair& measured);
  bool empty() const { return cells_.empty(); }

  std::vector<std::string> rows() const;  // labels, in the tables' order
  ResultsTable overall() const;
  ResultsTable within_categories() const;
  ResultsTable across_categories() const;
  std::vector<ResultsTable> per_function() const;  // in name order
  std::vector<ResultsTable> per_set() const;  // of the pairs of one PairSet each; none where all are of one
  // By how much `row` is above `over` (below, where lower is better), on the annotated pairs that both were
  // measured on; the interval is that of the paired difference. One row, named "<row> − <over>"; none where
  // one of them was not measured.
  ResultsTable lead(const std::string& row, const std::string& over) const;
  // Likewise over every other row by the paper's inference, one below the other.
  ResultsTable leads(const std::string& row) const;
  // Of the full model; where only runs of other names are measured as it, of the first of them.
  ResultsTable leads_of_full() const;
  // Of every row by another inference (result_row.h) over the same by the paper's.
  ResultsTable leads_of_inference() const;

 private:
  // (scope, row, metric) → annotation → its values; scope: "", "within", "across", "function:<name>" or
  // "set:<name>".
  struct Key {
    std::string scope, row, metric;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  ResultsTable table(const std::string& scope, const std::string& title) const;
  std::vector<ResultsTable> tables(const std::string& prefix) const;  // of each scope that begins so

  std::uint64_t seed_;
  double confidence_;
  std::map<Key, std::map<std::string, Cluster>> cells_;
};

// The lines' cells in columns, for a terminal.
std::string aligned(const std::vector<std::vector<std::string>>& lines);

// "PCK@23 ↑" and the like, for people.
std::string metric_label(const std::string& metric);
// Aligned columns, "0.612 [0.570, 0.655]"; the best of a column is marked "*", a difference whose interval
// holds 0 as "not shown". `with_intervals` false: means.
std::string to_text(const ResultsTable& table, bool with_intervals = true);
nlohmann::json to_json(const ResultsTable& table);

// What evaluate ends with: the tables over all pairs, within and across categories, the lead of the full
// model over every other row, and of another inference over the paper's; as JSON also those of every
// function. Empty where nothing was measured.
std::string to_text(const Results& results);
nlohmann::json to_json(const Results& results);

}  // namespace funcorr
