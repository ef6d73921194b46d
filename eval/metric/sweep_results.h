#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "db/dataset/record/pair.h"
#include "db/dataset/record/sweep.h"
#include "db/dataset/record/table.h"
#include "eval/metric/bootstrap.h"

namespace funcorr {

// Whether a choice between settings may look at the pair: half of the annotated pairs, by a hash of their
// names. The others tell what a choice is worth.
bool is_validation_pair(const std::string& annotated_pair);

// Columns of a run's curves that a sweep compares.
const std::vector<std::string>& held_out_losses();

// What a setting of a sweep gives, and by how much it is ahead of the base: above 0 it is better, whichever
// way the metric runs.
struct SweepCell {
  Interval mean, ahead;  // samples = 0: not measured, or not comparable
  // 0 lies outside of the interval.
  bool is_shown() const;
};

// A metric of a setting.
struct SweepRow {
  std::string metric, setting;
  std::size_t seeds = 0;  // runs that were measured
  SweepCell validation, test;
};

// Compares the settings of a sweep. Metrics are means over (seed, pair, direction) with bootstrap intervals
// over annotated pairs; `ahead` is the paired difference on the same pairs and seeds (Results::lead). Losses
// on held-out objects, which have no test half, are means over seeds with Student's intervals, paired by
// seed; a loss that a setting defines anew (other weights, another temperature or form) is not compared.
class SweepResults {
 public:
  explicit SweepResults(std::vector<SweepRun> runs, std::uint64_t seed, double confidence = 0.95)
      : runs_(std::move(runs)), seed_(seed), confidence_(confidence) {}

  void add(const MetricWithPair& measured);  // of other runs: ignored
  // "held_out_loss" and the like, as the run's last validation has it.
  void add_loss(const std::string& run, const std::string& name, double value);

  // Metric by metric in the order of results tables, losses last; the base first, then as the sweep has them.
  std::vector<SweepRow> rows() const;

 private:
  SweepCell compared(const std::string& metric, const std::string& setting, bool is_validation) const;
  SweepCell compared_losses(const std::string& name, const std::string& setting) const;
  std::vector<SweepRun> runs_of(const std::string& setting) const;

  std::vector<SweepRun> runs_;
  std::uint64_t seed_;
  double confidence_;
  std::map<std::string, std::vector<MetricWithPair>> measured_;  // by run
  std::map<std::string, std::map<std::string, double>> losses_;  // name → run → value
};

// For people, "0.612 [0.570, 0.655]" and "+0.021 [0.004, 0.037]" or "not shown"; for programs, numbers in
// columns of their own, empty where there is none.
inline constexpr const char* kSweepLegend =
    "Means over seeds, pairs and directions with 95 % bootstrap intervals over annotated pairs, half of "
    "which "
    "choices are made on (validation); losses are of held-out objects, with Student's intervals over seeds. "
    "Ahead of base: the paired difference, above 0 where the setting is better; not shown: 0 lies inside of "
    "its interval; –: not measured, or another quantity.";
Table readable_table(const std::vector<SweepRow>& rows);
Table number_table(const std::vector<SweepRow>& rows);

}  // namespace funcorr
