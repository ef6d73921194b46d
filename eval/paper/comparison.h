#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/record/pair.h"
#include "db/dataset/record/table.h"
#include "eval/metric/results.h"
#include "eval/paper/published.h"

namespace funcorr {

// What decides whether a workspace's numbers can be held against the paper's.
struct Circumstances {
  std::map<std::string, nlohmann::json> runs;  // a training run's name → its TrainingConfig
  std::map<std::string, std::set<std::string>> models_of_locate;  // a run of locate → the models it asked
  std::set<std::string> models_of_ground;                         // that the labels of training are from
};

// A number of ours beside the paper's.
struct ComparedCell {
  Interval ours{};                           // samples = 0: not measured
  std::optional<double> published{};         // nothing: the paper has no such number
  std::optional<double> difference() const;  // ours − the paper's
};

struct ComparedRow {
  std::string name;                 // the paper's; of a row that it lacks, ours
  std::string label;                // of our row
  std::vector<ComparedCell> cells;  // by published_metrics()
  // Why ours is another quantity than the paper's, or is not there; empty: they can be compared.
  std::vector<std::string> obstacles;
};

struct Comparison {
  std::string title;
  std::vector<ComparedRow> rows;
  bool is_of_differences = false;  // as in ResultsTable
};

// Table 1 on the set's pairs: the paper's rows in its order, then ours that it lacks. `results`: of these
// pairs alone; `annotated_pairs`: how many of them there are.
Comparison table_1(PairSet set, const Results& results, std::size_t annotated_pairs,
                   const Circumstances& circumstances);
// By how much the full model is ahead of those without one of the losses, likewise; paired differences, above
// 0 the full model is better.
Comparison ablations(PairSet set, const Results& results, std::size_t annotated_pairs,
                     const Circumstances& circumstances);

// The columns of Table 1 alone.
ResultsTable in_published_metrics(const ResultsTable& table);

// For people: "0.172 (0.180 −0.008)" with marks that lead to the obstacles below; for programs: a number a
// column, a cell a row.
std::string to_text(const Comparison& comparison);
std::string comparison_html(const Comparison& comparison);
Table number_table(const std::vector<Comparison>& comparisons);

}  // namespace funcorr
