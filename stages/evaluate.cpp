// funcorr-evaluate: rows of the results table × ground-truth pairs → metrics. Item: "<row>@<pair id>".
#include <algorithm>
#include <iostream>
#include <map>
#include <stdexcept>
#include <tuple>

#include <spdlog/spdlog.h>

#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "eval/measurement/evaluation.h"
#include "eval/metric/results.h"
#include "pipeline/large_blocks.h"
#include "pipeline/stage.h"
#include "stages/evaluate_parts.h"

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
    std::map<std::string, std::string> trained;  // run → fingerprint
    for_each_done_item(context.manifest, "train",
                       [&](const DoneItem& item) { trained[item.key] = item.fingerprint; });
    run_of_row_ = runs_of_rows(options(), names_of_runs(trained));
    PartsOfPairs parts(context.manifest);
    for (const ResultRow row : options().rows) {
      const RowKind kind = row_kind(row);
      if (kind.needs_diffusion && options().diffusion.empty()) continue;
      const auto run = run_of_row_.find(row);
      if ((kind.needs_run || kind.needs_backbone) && run == run_of_row_.end()) {
        spdlog::warn("evaluate: row {} is left out: no training run of it is done", to_string(row));
        continue;
      }
      const std::string of_run = run == run_of_row_.end() ? "" : trained.at(run->second);
      for_each_pair(context.manifest, [&](const Pair& pair) {
        const auto made = done_fingerprint(context.manifest, "pair", annotated_pair_of(pair.id));
        if (!made) return;
        std::string upstream = *made + "+" + of_run;
        if (kind.needs_masks) upstream += parts.mask_fingerprints(pair);
        if (kind.needs_boxes) {
          const auto located = parts.located(*kind.needs_boxes, pair);
          if (!located) return;
          upstream += *located;
        }
        sink.want(RowAndPair{std::string(to_string(row)), pair.id}.key(), upstream);
      });
      parts.warn_of_missing(row);
    }
  }

  RowOfPair describe(StageContext& context, const std::string& key) override {
    const RowAndPair wanted = RowAndPair::from_key(key);
    const auto pair = find_pair(context.manifest, wanted.pair);
    if (!pair) throw std::runtime_error("evaluate: the pair " + wanted.pair + " is not in the manifest");
    RowOfPair item{require_name<ResultRow>(wanted.row), *pair, {}, {}, {}, {}, {}};
    if (const auto run = run_of_row_.find(item.row); run != run_of_row_.end()) item.run = run->second;
    PartsOfPairs(context.manifest).describe(item);
    return item;
  }

  std::vector<std::filesystem::path> readable_folders(StageContext& context) override {
    return folders_of_models(context.workspace, options(), run_of_row_);
  }

  void commit(StageContext& context, const std::string& key, const EvaluateProduct& product) override {
    const RowAndPair measured = RowAndPair::from_key(key);
    replace_metrics(context.manifest, measured.row, measured.pair, product.metrics);
  }

  void end(StageContext& context) override {
    Results results(context.seed);
    for_each_current_metric(context.manifest, [&](const MetricWithPair& metric) { results.add(metric); });
    if (context.json_output)
      std::cout << to_json(results).dump(2) << "\n";
    else
      std::cout << to_text(results);
  }

 private:
  static std::vector<std::string> names_of_runs(const std::map<std::string, std::string>& trained) {
    std::vector<std::string> names;
    for (const auto& [name, fingerprint] : trained) names.push_back(name);
    return names;
  }

  std::map<ResultRow, std::string> run_of_row_;
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
