// funcorr-paper: runs and metrics → the paper's tables and figures, its numbers beside ours. Item: "page".
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "db/dataset/report.h"
#include "db/format/artifact.h"
#include "db/format/json.h"
#include "db/format/text.h"
#include "db/manifest/labels.h"
#include "eval/measurement/rows.h"
#include "eval/paper/paper_page.h"
#include "pipeline/stage.h"
#include "stages/page_contents.h"

namespace funcorr {
namespace {

// Answers of a stage's spend, weighted by the calls that it took: model → seconds.
std::map<std::string, double> seconds_per_call(const Table& spend, const std::string& stage) {
  const auto column = [&](const char* name) {
    return static_cast<std::size_t>(std::ranges::find(spend.columns, name) - spend.columns.begin());
  };
  std::map<std::string, double> seconds, calls;
  for (const auto& row : spend.rows) {
    const auto one = number_in<double>(row[column("seconds_per_call")]);
    const double count = number_in<double>(row[column("calls")]).value_or(0);
    if (row[column("stage")] != stage || !one || count == 0) continue;
    seconds[row[column("model")]] += *one * count;
    calls[row[column("model")]] += count;
  }
  for (auto& [model, sum] : seconds) sum /= calls.at(model);
  return seconds;
}

std::set<std::string> models_of_stage(const Table& spend, const std::string& stage) {
  const auto of_stage = std::ranges::find(spend.columns, "stage") - spend.columns.begin();
  const auto model = std::ranges::find(spend.columns, "model") - spend.columns.begin();
  std::set<std::string> models;
  for (const auto& row : spend.rows)
    if (row[static_cast<std::size_t>(of_stage)] == stage) models.insert(row[static_cast<std::size_t>(model)]);
  return models;
}

class PaperStage : public InProcessStage<PaperOptions, Nothing, Nothing> {
 public:
  std::string name() const override { return "paper"; }
  std::string summary() const override {
    return "Writes the paper's tables and figures as this workspace has them, the paper's numbers beside "
           "them; `funcorr paper` trains and measures what they need first.";
  }

  void list(StageContext& context, ItemSink& sink) override {
    sink.want("page", fingerprint_of_workspace(context.manifest, {"report", "paper"}));
  }
  Nothing describe(StageContext&, const std::string&) override { return {}; }

  void run(StageContext& context, std::vector<Claimed> items, const Finish& finish) override {
    for (const Claimed& item : items) {
      if (context.stop_requested()) return;
      written_ = gather(context);
      write_artifact(paper_table_path(context.workspace, "csv"),
                     to_csv(number_table(comparisons(*written_))));
      write_paper(context.workspace, *written_, page_subtitle(context));
      finish(item.key, Nothing{});
    }
  }

  void end(StageContext& context) override {
    const PaperContents contents = written_ ? std::move(*written_) : gather(context);
    if (context.json_output)
      std::cout << json_text(to_json(contents), 2) << "\n";
    else
      std::cout << to_text(contents) << "\npage: " << paper_page_path(context.workspace).string() << "\n";
  }

 private:
  // Sweeps' runs stand in for ablations that the line does not train.
  void add_results(StageContext& context, std::map<PairSet, PaperSet>& sets) const {
    std::map<std::string, std::string> weights, ablations;  // run → label
    for (const SweepRun& run : sweep_runs(context.manifest, kPaperSweep)) {
      if (const std::string label = weights_label(run); !label.empty()) weights.emplace(run.run, label);
      if (run.row != to_string(ResultRow::kFull)) ablations.emplace(run.run, run.row);
    }
    std::set<std::string> rows;
    const auto of = [&](const MetricWithPair& found) -> PaperSet& { return sets.at(found.set); };
    for_each_current_metric(context.manifest, [&](const MetricWithPair& found) {
      if (is_sweep_run(found.metric.run)) return;
      rows.insert(row_label(found.metric.row, found.metric.run));
      of(found).results.add(found);
    });
    for_each_current_metric(context.manifest, [&](MetricWithPair found) {
      const std::string run = std::exchange(found.metric.run, {});
      if (const auto row = ablations.find(run); row != ablations.end() && !rows.contains(row->second))
        of(found).results.add(found);
      if (const auto label = weights.find(run); label != weights.end()) {
        found.metric.row = label->second;
        of(found).weights.add(found);
      }
    });
  }

  PaperContents gather(StageContext& context) const {
    Manifest& manifest = context.manifest;
    std::map<PairSet, PaperSet> sets;
    std::map<PairSet, std::set<std::string>> annotated;
    for_each_pair(manifest, [&](const Pair& pair) {
      sets.try_emplace(pair.set, PaperSet{pair.set, 0, Results(context.seed), Results(context.seed)});
      annotated[pair.set].insert(annotated_pair_of(pair.id));
    });
    add_results(context, sets);
    PaperContents contents;
    for (auto& [set, of] : sets) {
      of.annotated_pairs = annotated.at(set).size();
      PairSample sample(context.workspace, static_cast<std::size_t>(options().pair_pictures),
                        pictured_rows(of.results));
      for_each_pair(manifest, [&, set = set](const Pair& pair) {
        if (pair.set == set) sample.offer(pair);
      });
      for (const Pair& pair : sample.chosen()) contents.pairs.push_back(pictured(manifest, pair));
      contents.sets.push_back(std::move(of));
    }
    contents.stages = statistics(manifest, "stage");
    contents.spend = statistics(manifest, "spend");
    contents.circumstances.models_of_locate = models_of_locate(manifest);
    contents.circumstances.models_of_ground = models_of_stage(contents.spend, "ground");
    for (const Run& run : all_runs(manifest))
      contents.circumstances.runs.emplace(run.name, nlohmann::json::parse(run.config_json));
    contents.times.per_question = seconds_per_call(contents.spend, "locate");
    contents.times.full_per_pair =
        mean_seconds(manifest, "evaluate", std::string(to_string(ResultRow::kFull)) + "@");
    return contents;
  }

  std::optional<PaperContents> written_;  // on the page that this run made
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::in_process_stage_main<funcorr::PaperStage>(argc, argv); }
