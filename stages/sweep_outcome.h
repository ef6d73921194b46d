#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/dataset/run_folder.h"
#include "db/dataset/sweep_table.h"
#include "db/format/artifact.h"
#include "db/format/json.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "db/manifest/statistics.h"
#include "db/manifest/sweep.h"
#include "eval/metric/sweep_results.h"
#include "pipeline/stage.h"
#include "train/trainer/curves.h"

namespace funcorr {

// What a sweep came to: its table, and what became of each run's training.
struct SweepOutcome {
  struct TrainedRun {
    SweepRun run;
    ItemHistory training;  // pending where it was not begun
  };
  std::string name;
  std::vector<TrainedRun> runs;
  std::vector<SweepRow> rows;
};

// Counted are runs whose training is done as the sweep wants it.
inline SweepOutcome sweep_outcome(StageContext& context, const std::string& sweep) {
  Manifest& manifest = context.manifest;
  SweepOutcome outcome{sweep, {}, {}};
  std::vector<SweepRun> done;
  for (const SweepRun& run : sweep_runs(manifest, sweep)) {
    ItemHistory training;
    for (const ItemHistory& item : item_history(manifest, run.run))
      if (item.stage == "train" && item.key == run.run) training = item;
    const bool is_wanted = training.fingerprint == run.fingerprint;
    if (!is_wanted && !training.key.empty()) {
      training.state = ItemState::kPending;
      training.error = "it was trained otherwise since";
    }
    if (is_wanted && training.state == ItemState::kDone) done.push_back(run);
    outcome.runs.push_back({run, std::move(training)});
  }
  SweepResults results(done, context.seed);
  for_each_current_metric(manifest, [&](const MetricWithPair& metric) { results.add(metric); });
  for (const SweepRun& run : done) {
    std::map<std::string, double> last;
    for (const CurvePoint& point : read_curves(curves_path(context.workspace.run(run.run))).points)
      for (const std::string& loss : held_out_losses())
        if (const auto value = point.values.find(loss); value != point.values.end())
          last[loss] = value->second;
    for (const auto& [loss, value] : last) results.add_loss(run.run, loss, value);
  }
  outcome.rows = results.rows();
  return outcome;
}

inline nlohmann::json to_json(const SweepOutcome& outcome) {
  nlohmann::json runs = nlohmann::json::array();
  for (const auto& [run, training] : outcome.runs)
    runs.push_back({{"run", run.run},
                    {"setting", run.setting},
                    {"changes", run.changes},
                    {"seed", run.seed},
                    {"row", run.row},
                    {"state", to_string(training.state)},
                    {"error", training.error}});
  return {{"sweep", outcome.name},
          {"runs", std::move(runs)},
          {"rows", nlohmann::json::parse(to_json(number_table(outcome.rows)))}};
}

// The table, what it means, and the runs that it lacks.
inline std::string to_text(const SweepOutcome& outcome) {
  std::string text = outcome.rows.empty() ? "" : to_text(readable_table(outcome.rows));
  text += kSweepLegend;
  text += "\n";
  for (const auto& [run, training] : outcome.runs)
    if (training.state != ItemState::kDone)
      text += fmt::format("not trained: {} ({}){}\n", run.run, to_string(training.state),
                          training.error.empty() ? "" : ": " + training.error);
  return text;
}

// Returns the text to show.
inline std::string write_sweep(const Workspace& workspace, const SweepOutcome& outcome) {
  const auto csv = sweep_table_path(workspace, outcome.name, "csv");
  const auto json = sweep_table_path(workspace, outcome.name, "json");
  write_artifact(csv, to_csv(number_table(outcome.rows)));
  write_artifact(json, json_text(to_json(outcome), 2) + "\n");
  return to_text(outcome) + fmt::format("the numbers: {} and {}\n", csv.string(), json.string());
}

}  // namespace funcorr
