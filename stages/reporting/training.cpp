// Curves of the training runs, and how one pair was matched on the way.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/format/image.h"
#include "db/manifest/evaluation.h"
#include "eval/report/chart.h"
#include "stages/reporting/source.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

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

// What funcorr-train measured on ground-truth pairs; everything else is a loss or what explains it.
bool is_metric(const Curve& curve) {
  return curve.name.find("transfer.") != std::string::npos ||
         curve.name.find("discovery.") != std::string::npos;
}

// The pair that was drawn at every validation: at first, halfway, at last.
std::string matches_html(const ReportSource& source, PictureFolder& pictures, const std::string& run) {
  const fs::path folder = source.workspace.run(run) / "matches";
  std::vector<fs::path> files;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  if (files.empty()) return {};
  const std::set<std::size_t> shown{0, (files.size() - 1) / 2, files.size() - 1};
  std::vector<std::string> figures;
  for (const std::size_t i : shown) {
    const std::string name = files[i].stem().string();  // "step-00001000"
    figures.push_back(figure_html(pictures.save("matches-" + run + "-" + name, load_image8(files[i])),
                                  "a held-out pair, matched after " +
                                      std::to_string(std::stoll(name.substr(name.find('-') + 1))) + " steps",
                                  456));
  }
  return figure_row_html(figures);
}

std::string run_html(const ReportSource& source, PictureFolder& pictures, const Run& run) {
  std::string html = "<h3>" + html_escape(run.name) + "</h3>\n";
  html += paragraph_html(fmt::format("{}: step {} of {}{}; {}", to_string(run.state), run.step, run.steps,
                                     std::isfinite(run.loss) ? fmt::format(", loss {:.4f}", run.loss) : "",
                                     run.checkpoint.empty() ? "no checkpoint" : run.checkpoint));
  std::vector<Curve> losses, metrics;
  for (const Curve& curve : load_curves(source.workspace.run(run.name) / "curves.csv"))
    (is_metric(curve) ? metrics : losses).push_back(thinned(curve));
  html += chart_svg("loss of " + run.name, "step", losses);
  if (!metrics.empty()) html += chart_svg("held-out pairs of " + run.name, "step", metrics);
  html += matches_html(source, pictures, run.name);
  const nlohmann::json config = nlohmann::json::parse(run.config_json, nullptr, false);
  return html + details_html("Configuration", "<pre>" + html_escape(config.dump(2)) + "</pre>");
}

}  // namespace

PageSection training_section(const ReportSource& source, PictureFolder& pictures) {
  std::string html;
  for (const Run& run : all_runs(source.manifest)) html += run_html(source, pictures, run);
  if (html.empty()) html = missing_html("Nothing is trained yet; train by:", "funcorr train");
  return {"Training", html};
}

}  // namespace funcorr
