// funcorr-report: manifest, runs and metrics → one static HTML page. Item: "page".
#include <iostream>

#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "db/manifest/items.h"
#include "db/manifest/statistics.h"
#include "eval/report/page.h"
#include "pipeline/graph.h"
#include "pipeline/stage.h"
#include "stages/reporting/source.h"

namespace funcorr {
namespace {

constexpr const char* kPage = "page";

// Everything the page shows follows from the finished items, their options and the troubles.
std::string fingerprint_of_workspace(const StageContext& context) {
  std::string chain;
  const auto add = [&](const std::string& text) { chain = sha256_hex(chain + text, 32); };
  for (const auto& [stage, upstream, summary, optional] : stage_graph())
    if (stage != "report")
      for_each_done_item(*context.manifest, stage,
                         [&](const DoneItem& item) { add(item.key + "=" + item.fingerprint); });
  add(to_json(statistics(*context.manifest, "errors")));
  add(to_json(statistics(*context.manifest, "spend")));
  return chain;
}

class ReportStage : public Stage {
 public:
  std::string name() const override { return "report"; }
  std::string summary() const override {
    return "Writes one static HTML page of what was run, made and measured.";
  }
  bool in_process() const override { return true; }

  OptionTable options() const override {
    return {
        {.name = "title",
         .type = OptionType::kString,
         .default_value = "funcorr",
         .help = "heading of the page"},
        {.name = "sheet_assets",
         .type = OptionType::kInt,
         .default_value = 60,
         .min = 0,
         .max = 10000,
         .help = "assets on the contact sheet"},
        {.name = "label_pictures",
         .type = OptionType::kInt,
         .default_value = 24,
         .min = 0,
         .max = 10000,
         .help = "assets whose labels are pictured, and compared with the truth where their files tell it"},
        {.name = "pair_pictures",
         .type = OptionType::kInt,
         .default_value = 2,
         .min = 0,
         .max = 100,
         .help = "pictured ground-truth pairs of every function"},
        {.name = "timings",
         .type = OptionType::kBool,
         .default_value = false,
         .help = "also show wall times and memory; the page then differs from run to run"},
    };
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    sink.want(kPage, fingerprint_of_workspace(context));
  }

  ItemResult work(StageContext& context, const std::string&, const nlohmann::json&) override {
    const auto count = [&](const char* option) {
      return static_cast<std::size_t>(context.options.get_int(option));
    };
    const ReportSource source{*context.manifest,
                              context.workspace,
                              context.seed,
                              count("sheet_assets"),
                              count("label_pictures"),
                              count("pair_pictures"),
                              context.options.get_bool("timings")};
    PictureFolder pictures(context.workspace);
    const std::vector<PageSection> sections{
        overview_section(source),           results_section(source), correspondence_section(source, pictures),
        training_section(source, pictures), dataset_section(source), render_section(source, pictures),
        label_section(source, pictures),    spend_section(source),   error_section(source),
        configuration_section(source)};
    const std::string subtitle = "preset " + context.options.get_string("preset") + " · seed " +
                                 std::to_string(context.seed) + " · funcorr " + FUNCORR_VERSION;
    write_artifact(page(context), page_html(context.options.get_string("title"), subtitle, sections));
    pictures.remove_others();
    return ItemResult::done();
  }

  void end(StageContext& context) override {
    if (!context.json_output) std::cout << "report: " << page(context).string() << "\n";
  }

 private:
  static std::filesystem::path page(const StageContext& context) {
    return context.workspace.report() / "index.html";
  }
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::ReportStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
