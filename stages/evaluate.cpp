// funcorr-evaluate: rows of the results table × ground-truth pairs → metrics. Item: "<row>@<pair id>", or
// "<row>/<run>@<pair id>" where the training run is not of the row's name, "vlm:<name>+backbone@<pair id>"
// where the run of locate has a name.
#include <iostream>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

#include "db/format/json.h"
#include "eval/metric/results.h"
#include "pipeline/large_blocks.h"
#include "stages/evaluate_parts.h"
#include "stages/evaluate_rows.h"
#include "stages/sweep_outcome.h"

namespace funcorr {
namespace {

struct EvaluateProduct {
  std::vector<Metric> metrics;
  static constexpr auto members() { return std::tuple{member("metrics", &EvaluateProduct::metrics)}; }
};

class EvaluateStage : public WorkerStage<EvaluationOptions, RowOfPair, EvaluateProduct> {
 public:
  std::string name() const override { return "evaluate"; }
  std::string summary() const override {
    return "Measures label transfer and discovery of baselines and trained runs on ground-truth pairs.";
  }
  RunOptions run_defaults() const override {
    RunOptions defaults;
    defaults.memory_limit_mb = 12288;  // a model and the embeddings of a few crops
    return defaults;
  }

  void list(StageContext& context, ItemSink& sink) override {
    const bool is_sweep = !options().sweep.empty();
    sink.keep_others([is_sweep](const std::string& key) {
      return is_sweep || is_sweep_run(RowAndPair::from_key(key).run);
    });
    PartsOfPairs parts(context.manifest);
    rows_.clear();
    for (const MeasuredRow& row : is_sweep ? rows_of_sweep(context.manifest, options().sweep)
                                           : rows_of_options(context.manifest, options())) {
      rows_.emplace(row.of_results().label(), row);
      const RowKind kind = row_kind(row.row);
      for_each_pair(context.manifest, [&](const Pair& pair) {
        const auto made = done_fingerprint(context.manifest, "pair", annotated_pair_of(pair.id));
        if (!made) return;
        std::string upstream = *made + "+" + row.upstream();
        if (kind.needs_masks) upstream += parts.mask_fingerprints(pair);
        if (kind.needs_boxes) {
          const auto located = parts.located(*kind.needs_boxes, row.vlm, pair);
          if (!located) return;
          upstream += *located;
        }
        sink.want(row.on(pair.id).key(), upstream);
      });
      parts.warn_of_missing(row);
    }
  }

  RowOfPair describe(StageContext& context, const std::string& key) override {
    const RowAndPair wanted = RowAndPair::from_key(key);
    const auto pair = find_pair(context.manifest, wanted.pair);
    if (!pair) throw std::runtime_error("evaluate: the pair " + wanted.pair + " is not in the manifest");
    const MeasuredRow& row = rows_.at(row_label(wanted.row, wanted.run));
    RowOfPair item{row.row, *pair, row.run, {}, {}, {}, {}, row.vlm, row.inference};
    PartsOfPairs(context.manifest).describe(item);
    return item;
  }

  bool uses_gpu() const override { return !options().device.is_cpu(); }

  std::vector<std::filesystem::path> readable_folders(StageContext& context) override {
    std::set<std::string> runs;
    for (const auto& [label, row] : rows_)
      if (!row.run.empty()) runs.insert(row.run);
    return folders_of_models(context.workspace, options(), runs);
  }

  void commit(StageContext& context, const std::string& key, const EvaluateProduct& product) override {
    replace_metrics(context.manifest, RowAndPair::from_key(key), product.metrics);
  }

  void end(StageContext& context) override {
    if (!options().sweep.empty()) return end_of_sweep(context);
    Results results(context.seed);
    for_each_current_metric(context.manifest, [&](const MetricWithPair& found) {
      if (!is_sweep_run(found.metric.run)) results.add(found);
    });
    if (context.json_output)
      std::cout << to_json(results).dump(2) << "\n";
    else
      std::cout << to_text(results);
  }

 private:
  void end_of_sweep(StageContext& context) const {
    const SweepOutcome outcome = sweep_outcome(context, options().sweep);
    if (outcome.runs.empty())
      throw UsageError("evaluate: there is no sweep \"" + options().sweep + "\"; make it with funcorr sweep");
    const std::string text = write_sweep(context.workspace, outcome);
    std::cout << (context.json_output ? json_text(to_json(outcome), 2) + "\n" : text);
  }

  std::map<std::string, MeasuredRow> rows_;  // by label
};

class EvaluateWorker {
 public:
  EvaluateWorker(const EvaluationOptions& options, const WorkContext& context)
      : seed_(context.seed), evaluation_(context.workspace, options, context.threads) {}

  Result<EvaluateProduct> work(const std::string& key, const RowOfPair& item) {
    auto metrics = evaluation_.measure_row(item, item_seed(seed_, "evaluate", key));
    if (!metrics) return rejected("empty_mask", "the object mask of a view is empty");
    return EvaluateProduct{std::move(*metrics)};
  }

 private:
  std::uint64_t seed_;
  PairEvaluation evaluation_;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::keep_large_blocks();
  return funcorr::stage_main<funcorr::EvaluateStage, funcorr::EvaluateWorker>(argc, argv);
}
