// funcorr-report: manifest, runs and metrics → one static HTML page. Item: "page".
#include "db/dataset/report.h"

#include <iostream>

#include "db/manifest/labels.h"
#include "db/manifest/taxonomy.h"
#include "eval/report/report.h"
#include "pipeline/stage.h"
#include "stages/page_contents.h"
#include "stages/sweep_outcome.h"

namespace funcorr {
namespace {

// Of the assets with a finished item of the stage, whose keys are "uid" or "uid/…".
std::vector<Asset> sample_assets(Manifest& manifest, const std::string& stage, int most) {
  AssetSample sample(static_cast<std::size_t>(most));
  std::string last;
  for_each_done_item(manifest, stage, [&](const DoneItem& item) {
    const std::string uid = item.key.substr(0, item.key.find('/'));
    if (uid == last) return;
    last = uid;
    if (const auto asset = find_asset(manifest, uid)) sample.offer(*asset);
  });
  return sample.chosen();
}

std::vector<PicturedPair> sample_pairs(Manifest& manifest, const Workspace& workspace, int most,
                                       const Results& results) {
  PairSample sample(workspace, static_cast<std::size_t>(most), pictured_rows(results));
  for_each_pair(manifest, [&](const Pair& pair) { sample.offer(pair); });
  std::vector<PicturedPair> pairs;
  for (const Pair& pair : sample.chosen()) pairs.push_back(pictured(manifest, pair));
  return pairs;
}

LabelledAsset labelled(Manifest& manifest, const Asset& asset) {
  LabelledAsset labelled{asset, parts_of_category(manifest, asset.category), masks_of(manifest, asset.uid)};
  for (const MaskRecord& mask : labelled.masks)
    if (!labelled.supports.contains(mask.part))
      if (const auto support = find_part_support(manifest, asset.uid, mask.part))
        labelled.supports[mask.part] = *support;
  return labelled;
}

class ReportStage : public InProcessStage<ReportOptions, Nothing, Nothing> {
 public:
  std::string name() const override { return "report"; }
  std::string summary() const override {
    return "Writes one static HTML page of what was run, made and measured.";
  }

  void list(StageContext& context, ItemSink& sink) override {
    sink.want("page", fingerprint_of_workspace(context.manifest, {"report", "paper"}));
  }

  Nothing describe(StageContext&, const std::string&) override { return {}; }

  void run(StageContext& context, std::vector<Claimed> items, const Finish& finish) override {
    for (const Claimed& item : items) {
      if (context.stop_requested()) return;
      write_report(context.workspace, contents(context), options(), page_subtitle(context));
      finish(item.key, Nothing{});
    }
  }

  void end(StageContext& context) override {
    if (!context.json_output) std::cout << "report: " << report_page_path(context.workspace).string() << "\n";
  }

 private:
  ReportContents contents(StageContext& context) const {
    Manifest& manifest = context.manifest;
    ReportContents contents;
    for (const StageNode& stage : stage_graph()) contents.stages.push_back(stage.name);
    contents.stage_statistics = statistics(manifest, "stage");
    contents.categories = statistics(manifest, "category");
    contents.functions = statistics(manifest, "function");
    contents.labels = statistics(manifest, "labels");
    contents.spend = statistics(manifest, "spend");
    contents.errors = statistics(manifest, "errors");
    contents.are_assets_accepted = !sample_assets(manifest, "filter", 1).empty();
    contents.results = Results(context.seed);
    for_each_current_metric(manifest, [&](const MetricWithPair& found) {
      if (!is_sweep_run(found.metric.run)) contents.results.add(found);
    });
    for (const std::string& sweep : all_sweeps(manifest))
      contents.sweeps.push_back({sweep, readable_table(sweep_outcome(context, sweep).rows)});
    contents.pairs = sample_pairs(manifest, context.workspace, options().pair_pictures, contents.results);
    contents.runs = all_runs(manifest);
    std::erase_if(contents.runs, [](const Run& run) { return is_sweep_run(run.name); });
    for (const Asset& asset : sample_assets(manifest, "render", options().sheet_assets))
      contents.rendered.push_back({asset, views_of(manifest, asset.uid, ViewSet::kLabel),
                                   views_of(manifest, asset.uid, ViewSet::kTrain)});
    for (const Asset& asset : sample_assets(manifest, "mask", options().label_pictures))
      contents.labelled.push_back(labelled(manifest, asset));
    return contents;
  }
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::in_process_stage_main<funcorr::ReportStage>(argc, argv); }
