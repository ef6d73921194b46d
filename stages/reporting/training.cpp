// Loss curves of the training runs.
#include <cmath>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/evaluation.h"
#include "eval/chart.h"
#include "stages/reporting/source.h"

namespace funcorr {
namespace {

// W/train/runs/<name>/curves.csv: a header, then a row per logged step; the first column is the step.
std::vector<Curve> load_curves(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<Curve> curves;
  std::string line;
  const auto cells = [&] {
    std::vector<std::string> values;
    std::istringstream text(line);
    for (std::string cell; std::getline(text, cell, ',');) values.push_back(cell);
    return values;
  };
  if (!std::getline(stream, line)) return {};
  for (const std::string& name : cells()) curves.push_back({name, {}, {}});
  while (std::getline(stream, line)) {
    const std::vector<std::string> values = cells();
    for (std::size_t c = 1; c < std::min(values.size(), curves.size()); ++c) {
      if (values[c].empty()) continue;
      curves[c].x.push_back(std::strtod(values[0].c_str(), nullptr));
      curves[c].y.push_back(std::strtod(values[c].c_str(), nullptr));
    }
  }
  curves.erase(curves.begin());
  std::erase_if(curves, [](const Curve& curve) { return curve.x.empty(); });
  return curves;
}

std::string run_html(const ReportSource& source, const Run& run) {
  std::string html = "<h3>" + html_escape(run.name) + "</h3>\n";
  html += paragraph_html(fmt::format("{}: step {} of {}{}; {}", run.state, run.step, run.steps,
                                     std::isfinite(run.loss) ? fmt::format(", loss {:.4f}", run.loss) : "",
                                     run.checkpoint.empty() ? "no checkpoint" : run.checkpoint));
  std::vector<Curve> losses;
  for (const Curve& curve : load_curves(source.workspace.run(run.name) / "curves.csv"))
    losses.push_back(thinned(curve));
  html += chart_svg("loss of " + run.name, "step", losses);
  const nlohmann::json config = nlohmann::json::parse(run.config_json, nullptr, false);
  return html + details_html("Configuration", "<pre>" + html_escape(config.dump(2)) + "</pre>");
}

}  // namespace

PageSection training_section(const ReportSource& source) {
  std::string html;
  for (const Run& run : all_runs(source.manifest)) html += run_html(source, run);
  if (html.empty()) html = missing_html("Nothing is trained yet; train by:", "funcorr train");
  return {"Training", html};
}

}  // namespace funcorr
