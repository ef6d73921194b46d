#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <spdlog/spdlog.h>

#include "db/manifest/items.h"
#include "db/manifest/sweep.h"
#include "eval/measurement/evaluation.h"
#include "stages/part_item.h"

namespace funcorr {

// A row of the results table and what it is measured with.
struct MeasuredRow {
  ResultRow row = ResultRow::kChance;
  std::string run, fingerprint;  // of the training run; empty where none is needed
  std::string vlm{};             // name of the run of locate whose boxes it is told
  InferenceOptions inference{};
  RowAndRun of_results() const {
    return {std::string(to_string(row)) + inference.suffix(), run_of_results(row, run, vlm)};
  }
  RowAndPair on(const std::string& pair) const {
    RowAndRun own = of_results();
    return {std::move(own.row), pair, std::move(own.run)};
  }
  // Of what is measured; the paper's inference leaves no trace, as in workspaces that are older than others.
  std::string upstream() const {
    const bool is_paper = inference == InferenceOptions();
    return fingerprint + (is_paper ? "" : "+" + nlohmann::json(inference).dump());
  }
};

// Training runs that are done, with their fingerprints.
inline std::map<std::string, std::string> trained_runs(Manifest& manifest) {
  std::map<std::string, std::string> trained;
  for_each_done_item(manifest, "train", [&](const DoneItem& item) { trained[item.key] = item.fingerprint; });
  return trained;
}

// The runs of the sweep that are trained as it wants them.
inline std::vector<MeasuredRow> rows_of_sweep(Manifest& manifest, const std::string& sweep) {
  const std::map<std::string, std::string> trained = trained_runs(manifest);
  std::vector<MeasuredRow> rows;
  for (const SweepRun& run : sweep_runs(manifest, sweep))
    if (const auto done = trained.find(run.run); done != trained.end() && done->second == run.fingerprint)
      rows.push_back({require_name<ResultRow>(run.row), run.run, done->second, {}});
  return rows;
}

// Of the options' rows those that can be measured; warns of the others.
inline std::vector<MeasuredRow> rows_of_options(Manifest& manifest, const EvaluationOptions& options) {
  std::map<std::string, std::string> trained = trained_runs(manifest);
  std::erase_if(trained, [](const auto& run) { return is_sweep_run(run.first); });
  std::vector<std::string> names;
  for (const auto& [name, fingerprint] : trained) names.push_back(name);
  const RunsOfRows runs = runs_of_rows(options, names);
  std::map<BoxSubject, std::set<std::string>> located = locate_runs(manifest);
  std::vector<MeasuredRow> rows;
  for (const ResultRow row : options.rows) {
    const RowKind kind = row_kind(row);
    if (kind.needs_diffusion && options.diffusion.empty()) continue;
    if (const auto missing = runs.missing.find(row); missing != runs.missing.end())
      for (const std::string& run : missing->second)
        spdlog::warn("evaluate: row {} is left out: the training run {} of it is not done", to_string(row),
                     run.empty() ? "(any)" : run);
    if (!kind.needs_run && !kind.needs_backbone) rows.push_back({row, {}, {}, {}});
    if (const auto done = runs.done.find(row); done != runs.done.end())
      for (const std::string& run : done->second) {
        std::set<std::string> vlms{std::string()};
        if (kind.needs_boxes && !located[*kind.needs_boxes].empty()) vlms = located[*kind.needs_boxes];
        for (const std::string& vlm : vlms) rows.push_back({row, run, trained.at(run), vlm, {}});
      }
  }
  if (options.inference == InferenceOptions()) return rows;
  for (std::size_t i = 0, paper = rows.size(); i < paper; ++i)
    if (row_kind(rows[i].row).needs_model()) {
      rows.push_back(rows[i]);
      rows.back().inference = options.inference;
    }
  return rows;
}

}  // namespace funcorr
