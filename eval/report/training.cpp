// Curves of the training runs, and how one pair was matched on the way.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/dataset/run_folder.h"
#include "db/format/image.h"
#include "eval/report/chart.h"
#include "eval/report/sections.h"
#include "train/trainer/curves.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

// One for each column that has a value.
std::vector<Curve> load_curves(const std::filesystem::path& file) {
  const CurveTable table = read_curves(file);
  std::vector<Curve> curves;
  for (const std::string& column : table.columns) {
    Curve curve{column, {}, {}};
    for (const CurvePoint& point : table.points)
      if (const auto value = point.values.find(column); value != point.values.end()) {
        curve.x.push_back(static_cast<double>(point.step));
        curve.y.push_back(value->second);
      }
    if (!curve.x.empty()) curves.push_back(std::move(curve));
  }
  return curves;
}

// What funcorr-train measured on ground-truth pairs; everything else is a loss or what explains it.
bool is_metric(const Curve& curve) {
  return curve.name.find("transfer.") != std::string::npos ||
         curve.name.find("discovery.") != std::string::npos;
}

// The pair that was drawn at every validation: at first, halfway, at last.
std::string matches_html(const Workspace& workspace, const std::string& run, PictureFolder& pictures) {
  const fs::path folder = match_picture_folder(workspace.run(run));
  std::vector<fs::path> files;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  if (files.empty()) return {};
  const std::set<std::size_t> shown{0, (files.size() - 1) / 2, files.size() - 1};
  std::vector<std::string> figures;
  for (const std::size_t i : shown) {
    const std::string name = files[i].stem().string();  // "step-00001000"
    figures.push_back(figure_html(
        pictures.save(fmt::format("matches-{}-{}", run, name), load_image8(files[i])),
        "a held-out pair, matched after " + std::to_string(step_of_match_picture(files[i])) + " steps", 456));
  }
  return figure_row_html(figures);
}

std::string run_html(const Workspace& workspace, const Run& run, PictureFolder& pictures) {
  std::string html = "<h3>" + html_escape(run.name) + "</h3>\n";
  html += paragraph_html(fmt::format("{}: step {} of {}{}; {}", to_string(run.state), run.step, run.steps,
                                     std::isfinite(run.loss) ? fmt::format(", loss {:.4f}", run.loss) : "",
                                     run.checkpoint.empty() ? "no checkpoint" : run.checkpoint));
  std::vector<Curve> losses, metrics;
  for (const Curve& curve : load_curves(curves_path(workspace.run(run.name))))
    (is_metric(curve) ? metrics : losses).push_back(thinned(curve));
  html += chart_svg("loss of " + run.name, "step", losses);
  if (!metrics.empty()) html += chart_svg("held-out pairs of " + run.name, "step", metrics);
  html += matches_html(workspace, run.name, pictures);
  const nlohmann::json config = nlohmann::json::parse(run.config_json, nullptr, false);
  return html + details_html("Configuration", "<pre>" + html_escape(config.dump(2)) + "</pre>");
}

}  // namespace

PageSection training_section(const Workspace& workspace, const std::vector<Run>& runs,
                             PictureFolder& pictures) {
  std::string html;
  for (const Run& run : runs) html += run_html(workspace, run, pictures);
  if (html.empty()) html = missing_html("Nothing is trained yet; train by:", "funcorr train");
  return {"Training", html};
}

}  // namespace funcorr
