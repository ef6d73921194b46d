#include "eval/report/report.h"

#include "db/format/artifact.h"
#include "eval/report/samples.h"
#include "eval/report/sections.h"

namespace funcorr {

const OptionList<ReportOptions>& ReportOptions::options() {
  using R = ReportOptions;
  static const OptionList<R> list{
      option("title", &R::title).help("heading of the page"),
      option("sheet_assets", &R::sheet_assets).range(0, 10000).help("most assets on the contact sheet"),
      option("label_pictures", &R::label_pictures)
          .range(0, 10000)
          .help(
              "most assets whose masks are pictured, and compared with the truth where their files tell it"),
      option("pair_pictures", &R::pair_pictures)
          .range(0, 100)
          .help("most ground-truth pairs of every function that are pictured"),
      option("timings", &R::timings)
          .help("also show wall times and memory; the page then differs from run to run"),
  };
  return list;
}

void write_report(const Workspace& workspace, const ReportContents& contents, const ReportOptions& options,
                  const std::string& subtitle) {
  PictureFolder pictures(report_page_path(workspace));
  const std::vector<PageSection> sections{
      overview_section(contents, options.timings),
      results_section(contents.results, contents.sweeps),
      correspondence_section(workspace, contents.pairs, pictured_rows(contents.results), pictures),
      training_section(workspace, contents.runs, pictures),
      dataset_section(contents),
      render_section(workspace, contents.rendered, pictures),
      label_section(workspace, contents.labelled, contents.labels, pictures),
      spend_section(contents.spend, options.timings),
      error_section(contents.errors),
      configuration_section(workspace, contents.stages)};
  write_artifact(report_page_path(workspace), page_html(options.title, subtitle, sections));
  pictures.remove_others();
}

}  // namespace funcorr
