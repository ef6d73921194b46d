#include "eval/measurement/evaluation.h"

#include <algorithm>
#include <set>

#include "db/dataset/pair_file.h"
#include "db/dataset/predictions.h"
#include "db/dataset/record/sweep.h"
#include "db/format/artifact.h"
#include "eval/matching/discovery.h"
#include "eval/matching/mutual_matches.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

void keep_predictions(const Workspace& workspace, const RowOfPair& item, const PairMatches& matches) {
  std::vector<PixelPair> discovered;
  for (const std::size_t i : best_apart(matches[0].ranked)) discovered.push_back(matches[0].ranked[i]);
  const std::string label = row_label(item.row_name(), run_of_results(item.row, item.run, item.vlm));
  write_artifact(predictions_path(workspace, label, item.pair.id), [&](const fs::path& temporary) {
    save_predictions(temporary, {matches[0].transfer, matches[1].transfer, discovered});
  });
}

}  // namespace

std::vector<ResultRow> EvaluationOptions::all_rows() {
  std::vector<ResultRow> rows;
  for (const auto& [row, name] : names_of(ResultRow{})) rows.push_back(row);
  return rows;
}

const OptionList<EvaluationOptions>& EvaluationOptions::options() {
  using O = EvaluationOptions;
  static const OptionList<O> list{
      option("rows", &O::rows)
          .help(
              "rows of the results table to measure, while results of the others are dropped; each but the "
              "baselines needs a training run of its name; vlm+backbone needs boxes in the pairs' images, by "
              "funcorr locate, and is measured once for each model that was asked by name")
          .leaves_results(),
      option("runs", &O::runs)
          .help("row=run, where the training run of a row has another name than the row, or where there are "
                "several: full=full,full=mine")
          .leaves_results(),
      option("backbone_run", &O::backbone_run)
          .help("training run whose backbone the baselines use; empty: full, or the first there is"),
      option("diffusion", &O::diffusion)
          .help(
              "features of Stable Diffusion for the rows sd and sd-dino (fused with those of backbone_run's "
              "backbone, at 840 px): script:FILE.pt, whose forward takes [1, 3, 960, 960] and returns a list "
              "of "
              "levels [1, C, h, w]; or a folder of exported levels, UID/0007.safetensors with a tensor "
              "[C, h, w] each; empty: both rows are left out"),
      options_of(&O::thresholds),
      options_of(&O::inference),
      options_of(&O::device),
      option("save_predictions", &O::save_predictions)
          .help(
              "keep label transfer's pixels, and the best discovered pairs, under eval/predictions, for the "
              "report's pictures; not of sweeps"),
      option("sweep", &O::sweep)
          .help("measure the runs of this sweep in place of the rows, by the paper's inference, and compare "
                "them; see "
                "funcorr sweep")
          .leaves_results(),
  };
  return list;
}

RunsOfRows runs_of_rows(const EvaluationOptions& options, const std::vector<std::string>& trained) {
  std::map<std::string, std::vector<std::string>> named;
  for (const std::string& assignment : options.runs) {
    const auto equals = assignment.find('=');
    if (equals == std::string::npos)
      throw UsageError("evaluate: runs holds \"" + assignment + "\"; row=run is expected");
    named[assignment.substr(0, equals)].push_back(assignment.substr(equals + 1));
  }
  const auto is_trained = [&](const std::string& run) { return std::ranges::count(trained, run) > 0; };
  std::string backbone_run = options.backbone_run;
  if (backbone_run.empty() && !trained.empty()) backbone_run = is_trained("full") ? "full" : trained.front();
  RunsOfRows all;
  for (const ResultRow row : options.rows) {
    const RowKind kind = row_kind(row);
    if (!kind.needs_backbone && !kind.needs_run) continue;
    const std::string name(to_string(row));
    std::vector<std::string> wanted{kind.needs_backbone ? backbone_run : name};
    if (const auto own = named.find(name); own != named.end() && kind.needs_run) wanted = own->second;
    for (const std::string& run : wanted) (is_trained(run) ? all.done : all.missing)[row].push_back(run);
  }
  return all;
}

std::vector<fs::path> folders_of_models(const Workspace& workspace, const EvaluationOptions& options,
                                        const std::set<std::string>& runs) {
  std::set<fs::path> folders;
  for (const std::string& run : runs)
    for (const fs::path& folder : Predictor::folders_needed(workspace.run(run))) folders.insert(folder);
  if (!options.diffusion.empty()) folders.insert(DiffusionPredictor::folder_needed(options.diffusion));
  return {folders.begin(), folders.end()};
}

PairEvaluation::PairEvaluation(const Workspace& workspace, EvaluationOptions options, int threads)
    : workspace_(workspace),
      options_(std::move(options)),
      images_(workspace, options_.diffusion, options_.device) {
  EvaluationOptions::options().check(options_);
  set_matching_threads(threads);
}

std::optional<std::vector<Metric>> PairEvaluation::measure_row(const RowOfPair& item, std::uint64_t seed) {
  const std::vector<PixelPair> truth = load_pair_file(workspace_.root / item.pair.path);
  const std::array<RowImage, 2> images = images_.load(item);
  if (count_pixels(images[0].object) == 0 || count_pixels(images[1].object) == 0) return std::nullopt;
  const PairMatches matches = predict_row(item.row, images[0], images[1], truth, seed, item.inference);
  if (options_.save_predictions && !is_sweep_run(item.run)) keep_predictions(workspace_, item, matches);
  std::vector<Metric> metrics;
  const std::string row = item.row_name();
  for (const NamedMetric& metric : measure(truth, matches, options_.thresholds))
    metrics.push_back({row, item.pair.id, metric.direction, metric.name, metric.value,
                       run_of_results(item.row, item.run, item.vlm)});
  return metrics;
}

}  // namespace funcorr
