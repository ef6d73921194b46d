#include "eval/metric/reliability.h"

#include <cstddef>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "db/dataset/heat.h"
#include "eval/measurement/mask_agreement.h"
#include "eval/report/chart.h"
#include "eval/report/sections.h"
#include "eval/truth/object_files.h"

namespace funcorr {
namespace {

using ByKind = std::map<PartKind, Reliability>;

// Of all surface points, whether a view shows them or not.
void add_points(const std::filesystem::path& asset_folder, const LabelledAsset& labelled, ByKind& by_kind) {
  for (const Part& part : labelled.parts) {
    const auto support = labelled.supports.find(part.name);
    if (support == labelled.supports.end() || !support->second.is_posterior()) continue;
    const auto truth = true_part_points(asset_folder, part.name);
    if (!truth) continue;
    const std::vector<double> posterior = load_heat(heat_path(asset_folder, part.name));
    for (std::size_t i = 0; i < truth->size(); ++i) by_kind[kind_of(part)].add(posterior.at(i), truth->at(i));
  }
}

std::string bin_text(const Reliability::Bin& bin) {
  if (bin.count == 0) return "–";
  return fmt::format("{:.2f} → {:.2f} ({:.0f})", bin.promised(), bin.kept(), bin.count);
}

}  // namespace

std::string reliability_html(const Workspace& workspace, const std::vector<LabelledAsset>& assets) {
  ByKind by_kind;
  for (const LabelledAsset& labelled : assets)
    add_points(workspace.asset(labelled.asset.uid), labelled, by_kind);
  if (by_kind.empty()) return {};
  std::vector<Curve> curves;
  std::vector<std::string> columns{"probability"};
  std::vector<std::vector<std::string>> errors, rows(Reliability::kBins);
  for (std::size_t b = 0; b < Reliability::kBins; ++b)
    rows[b].push_back(fmt::format("{:.2f} – {:.2f}", static_cast<double>(b) / Reliability::kBins,
                                  static_cast<double>(b + 1) / Reliability::kBins));
  for (const auto& [kind, reliability] : by_kind) {
    const std::string name(to_string(kind));
    Curve curve{name, {}, {}};
    for (std::size_t b = 0; b < Reliability::kBins; ++b) {
      const Reliability::Bin& bin = reliability.bins()[b];
      rows[b].push_back(bin_text(bin));
      if (bin.count == 0) continue;
      curve.x.push_back(bin.promised());
      curve.y.push_back(bin.kept());
    }
    curves.push_back(std::move(curve));
    columns.push_back(name);
    errors.push_back({name, fmt::format("{:.0f}", reliability.count()),
                      fmt::format("{:.3f}", reliability.expected_error())});
  }
  curves.push_back({"kept", {0, 1}, {0, 1}});
  return "<h3>Reliability</h3>\n" +
         paragraph_html(
             "Of the surface points with a probability, the share that truly lies on the part by the asset's "
             "own "
             "file, over the assets pictured below. Where a line lies under that of kept promises, "
             "probabilities are too high. Calibration error: the mean distance between the two.") +
         chart_svg("share of points on the part", "probability", curves) +
         plain_table_html({"kind of part", "points", "calibration error"}, errors, {false, true, true}) +
         details_html("bins: mean probability → share on the part (points)",
                      plain_table_html(columns, rows, std::vector<bool>(columns.size(), true)));
}

}  // namespace funcorr
