#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "db/format/options.h"
#include "eval/measurement/evaluation_images.h"

namespace funcorr {

struct EvaluationOptions {
  std::vector<ResultRow> rows = all_rows();
  std::vector<std::string> runs;  // "row=run", several of a row side by side
  std::string backbone_run;       // empty: "full", or the first there is
  std::string diffusion;          // see DiffusionPredictor; empty: the rows that need it are left out
  MetricThresholds thresholds;
  InferenceOptions inference;  // another than the paper's: its rows are measured beside the paper's
  DeviceChoice device;
  bool save_predictions = true;
  std::string sweep;  // measure the runs of this one instead; empty: the rows

  static std::vector<ResultRow> all_rows();
  static const OptionList<EvaluationOptions>& options();
};

// The training runs of each row that needs one: those that can be measured, and those that are not trained.
struct RunsOfRows {
  std::map<ResultRow, std::vector<std::string>> done, missing;
};
// `trained`: names of the runs that are done, in order. Throws UsageError for an entry of `runs` that is no
// row=run.
RunsOfRows runs_of_rows(const EvaluationOptions& options, const std::vector<std::string>& trained);

// Folders outside the workspace that these runs' models are read from.
std::vector<std::filesystem::path> folders_of_models(const Workspace& workspace,
                                                     const EvaluationOptions& options,
                                                     const std::set<std::string>& runs);

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
