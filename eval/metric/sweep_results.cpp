#include "eval/metric/sweep_results.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "db/format/hash.h"
#include "db/format/random.h"
#include "eval/metric/results.h"
#include "eval/metric/student.h"

namespace funcorr {
namespace {

constexpr const char *kSetting = "setting", *kBase = "base";  // rows of the results of two settings

// Options that define a loss: with another value it is another quantity (`points`: what a point is contrasted
// with).
const std::map<std::string, std::vector<std::string>>& defining_options() {
  static const std::map<std::string, std::vector<std::string>> options{
      {"held_out_loss", {"temperature", "functional_loss", "spatial_weight", "mask_weight", "points"}},
      {"held_out_functional", {"temperature", "functional_loss", "points"}},
      {"held_out_spatial", {"temperature", "points"}},
      {"held_out_mask", {}}};
  return options;
}

bool is_comparable(const std::string& loss, const std::string& changes) {
  const auto options = defining_options().find(loss);
  if (options == defining_options().end()) return false;
  if (!changes.starts_with("full,") && changes != "full") return options->second.empty();
  return std::ranges::none_of(options->second, [&](const std::string& name) {
    return changes.find("," + name + "=") != std::string::npos;
  });
}

// All values of one annotated pair are one draw of the bootstrap: seeds, trials and directions.
void add_as(const std::string& row, MetricWithPair measured, Results& results) {
  measured.metric.row = row;
  measured.metric.run.clear();
  results.add(measured);
}

std::string interval_text(const Interval& interval, const char* format) {
  if (interval.samples == 0) return "–";
  std::string text = fmt::format(fmt::runtime(format), interval.mean);
  if (std::isnan(interval.low)) return text;
  return text + fmt::format(" [{:.3f}, {:.3f}]", interval.low, interval.high);
}

std::string ahead_text(const SweepCell& cell, bool is_base) {
  if (is_base) return "";
  if (cell.ahead.samples == 0) return "–";
  return cell.is_shown() ? interval_text(cell.ahead, "{:+.3f}") : "not shown";
}

void add_numbers(const Interval& interval, std::vector<std::string>& cells) {
  for (const double value : {interval.mean, interval.low, interval.high})
    cells.push_back(interval.samples == 0 || std::isnan(value) ? "" : fmt::format("{}", value));
}

}  // namespace

const std::vector<std::string>& held_out_losses() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, options] : defining_options()) all.push_back(name);
    return all;
  }();
  return names;
}

bool is_validation_pair(const std::string& annotated_pair) { return mix64(fnv1a(annotated_pair)) % 2 == 0; }

bool SweepCell::is_shown() const { return shows_difference(ahead); }

void SweepResults::add(const MetricWithPair& measured) {
  const Metric& metric = measured.metric;
  if (std::ranges::any_of(
          runs_, [&](const SweepRun& run) { return run.run == metric.run && run.row == metric.row; }))
    measured_[metric.run].push_back(measured);
}

void SweepResults::add_loss(const std::string& run, const std::string& name, double value) {
  losses_[name][run] = value;
}

std::vector<SweepRun> SweepResults::runs_of(const std::string& setting) const {
  std::vector<SweepRun> runs;
  for (const SweepRun& run : runs_)
    if (run.setting == setting) runs.push_back(run);
  return runs;
}

SweepCell SweepResults::compared(const std::string& metric, const std::string& setting,
                                 bool is_validation) const {
  const std::vector<SweepRun> base = runs_of(kBaseSetting);
  // The mean is over all seeds; base and setting are compared on those that both have.
  Results all(seed_, confidence_), shared(seed_, confidence_);
  const auto add_run = [&](const std::string& run, const std::string& row, Results& results) {
    const auto measured = measured_.find(run);
    if (measured == measured_.end()) return false;
    for (const MetricWithPair& one : measured->second)
      if (one.metric.name == metric &&
          is_validation_pair(annotated_pair_of(one.metric.pair)) == is_validation)
        add_as(row, one, results);
    return true;
  };
  for (const SweepRun& run : runs_of(setting)) {
    if (!add_run(run.run, kSetting, all) || setting == kBaseSetting) continue;
    const auto twin = std::ranges::find(base, run.seed, &SweepRun::seed);
    if (twin != base.end() && add_run(twin->run, kBase, shared)) add_run(run.run, kSetting, shared);
  }
  SweepCell cell;
  if (!all.empty()) cell.mean = all.overall().rows.front().cells.front();
  const ResultsTable lead = shared.lead(kSetting, kBase);
  if (!lead.rows.empty()) cell.ahead = lead.rows.front().cells.front();
  return cell;
}

SweepCell SweepResults::compared_losses(const std::string& name, const std::string& setting) const {
  const std::map<std::string, double>& by_run = losses_.at(name);
  const std::vector<SweepRun> base = runs_of(kBaseSetting);
  std::vector<double> values, ahead;
  for (const SweepRun& run : runs_of(setting)) {
    const auto value = by_run.find(run.run);
    if (value == by_run.end()) continue;
    values.push_back(value->second);
    const auto twin = std::ranges::find(base, run.seed, &SweepRun::seed);
    if (twin == base.end() || setting == kBaseSetting || !is_comparable(name, run.changes)) continue;
    if (const auto other = by_run.find(twin->run); other != by_run.end())
      ahead.push_back(other->second - value->second);
  }
  return {student_mean(values, confidence_), student_mean(ahead, confidence_)};
}

std::vector<SweepRow> SweepResults::rows() const {
  std::vector<std::string> settings;
  for (const SweepRun& run : runs_)
    if (std::ranges::find(settings, run.setting) == settings.end()) settings.push_back(run.setting);
  Results names(seed_, confidence_);
  for (const auto& [run, measured] : measured_)
    for (const MetricWithPair& one : measured) add_as(kSetting, one, names);
  std::vector<SweepRow> rows;
  for (const std::string& metric : names.overall().metrics)
    for (const std::string& setting : settings) {
      const std::vector<SweepRun> runs = runs_of(setting);
      const auto count =
          std::ranges::count_if(runs, [&](const SweepRun& run) { return measured_.contains(run.run); });
      rows.push_back({metric, setting, static_cast<std::size_t>(count), compared(metric, setting, true),
                      compared(metric, setting, false)});
    }
  for (const auto& [name, by_run] : losses_)
    for (const std::string& setting : settings) {
      const SweepCell cell = compared_losses(name, setting);
      rows.push_back({name, setting, cell.mean.samples, cell, {}});
    }
  return rows;
}

Table readable_table(const std::vector<SweepRow>& rows) {
  Table table;
  table.columns = {"metric", "setting", "seeds", "validation", "ahead of base", "test", "ahead of base"};
  table.is_number = {false, false, true, false, false, false, false};
  std::string last;
  for (const SweepRow& row : rows) {
    const bool is_base = row.setting == kBaseSetting;
    table.rows.push_back({row.metric == last ? "" : metric_label(row.metric), row.setting,
                          std::to_string(row.seeds), interval_text(row.validation.mean, "{:.3f}"),
                          ahead_text(row.validation, is_base), interval_text(row.test.mean, "{:.3f}"),
                          ahead_text(row.test, is_base)});
    last = row.metric;
  }
  return table;
}

Table number_table(const std::vector<SweepRow>& rows) {
  Table table;
  table.columns = {"metric", "setting", "seeds"};
  table.is_number = {false, false, true};
  for (const char* half : {"validation", "test"})
    for (const char* value : {"", "_low", "_high", "_ahead", "_ahead_low", "_ahead_high"}) {
      table.columns.push_back(std::string(half) + value);
      table.is_number.push_back(true);
    }
  for (const SweepRow& row : rows) {
    std::vector<std::string> cells{row.metric, row.setting, std::to_string(row.seeds)};
    for (const SweepCell* cell : {&row.validation, &row.test}) {
      add_numbers(cell->mean, cells);
      add_numbers(cell->ahead, cells);
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

}  // namespace funcorr
