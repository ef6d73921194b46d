#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "db/format/options.h"
#include "eval/measurement/evaluation_images.h"

namespace funcorr {

struct EvaluationOptions {
  std::vector<ResultRow> rows = all_rows();
  std::vector<std::string> runs;  // "row=run"
  std::string backbone_run;       // empty: "full", or the first there is
  std::string diffusion;          // see DiffusionPredictor; empty: the rows that need it are left out
  MetricThresholds thresholds;
  bool save_predictions = true;

  static std::vector<ResultRow> all_rows();
  static const OptionList<EvaluationOptions>& options();
};

// The training run of each row that can be measured and needs one. `trained`: names of the runs that are
// done, in order. Throws UsageError for an entry of `runs` that is no row=run.
std::map<ResultRow, std::string> runs_of_rows(const EvaluationOptions& options,
                                              const std::vector<std::string>& trained);

// Folders outside the workspace that the rows' models are read from.
std::vector<std::filesystem::path> folders_of_models(const Workspace& workspace,
                                                     const EvaluationOptions& options,
                                                     const std::map<ResultRow, std::string>& run_of_row);

// Measures rows of the results table on pairs, one after another. Not thread-safe, but for LibTorch's own
// `threads`.
class PairEvaluation {
 public:
  PairEvaluation(const Workspace& workspace, EvaluationOptions options, int threads);

  // Nothing where the object mask of a view is empty. Where it is asked for, stores where label transfer
  // sends the ground-truth pixels. `seed`: of kChance.
  std::optional<std::vector<Metric>> measure_row(const RowOfPair& item, std::uint64_t seed);

 private:
  Workspace workspace_;
  EvaluationOptions options_;
  EvaluationImages images_;
};

}  // namespace funcorr
