#pragma once

#include <string>
#include <utility>
#include <vector>

#include "db/dataset/record/sweep.h"
#include "eval/metric/result_row.h"
#include "train/distributed/training_job.h"
#include "train/trainer/sweep.h"

namespace funcorr {

struct TrainOptions {
  TrainingPlan plan;
  SweepOptions sweep;
  int validation_pairs = 8;

  static const OptionList<TrainOptions>& options() {
    static const OptionList<TrainOptions> list{options_of(&TrainOptions::plan),
                                               options_of(&TrainOptions::sweep),
                                               option("validation_pairs", &TrainOptions::validation_pairs)
                                                   .range(0, 1e6)
                                                   .help("held-out ground-truth pairs of funcorr-pair that a "
                                                         "validation measures the paper's metrics on")
                                                   .leaves_results()};
    return list;
  }

  bool is_sweep() const { return !sweep.name.empty(); }
  std::vector<SweepPoint> sweep_points() const { return expand_sweep(sweep, plan.config); }

  std::vector<RunSpec> wanted_runs() const {
    if (!is_sweep()) return parse_runs(plan.runs.entries);
    std::vector<RunSpec> specs;
    for (const SweepPoint& point : sweep_points()) specs.push_back(point.spec);
    return specs;
  }
};

// As the manifest keeps it. A kind of run that is no row of the results table is measured as the full one.
inline SweepRun stored_run(const SweepPoint& point, std::string fingerprint) {
  RunSpec setting = point.spec;
  setting.overrides.erase("seed");
  const auto row = from_name<ResultRow>(to_string(setting.kind)).value_or(ResultRow::kFull);
  return {point.spec.name,       point.setting, setting.changes(), point.seed, std::string(to_string(row)),
          std::move(fingerprint)};
}

}  // namespace funcorr
