// What is known of the labels.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "db/dataset/crop.h"
#include "db/dataset/heat.h"
#include "db/dataset/mask.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"
#include "eval/measurement/mask_agreement.h"
#include "eval/report/figures.h"
#include "eval/report/sections.h"
#include "labeling/fusion/part_fusion.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

constexpr int kLabelPicture = 200;  // px, each of the three of a label

using Heat01 = std::vector<double>;  // [N] as a share, 0 … 1 (heat_share())

constexpr std::uint64_t kSeed = 1;  // of intervals: the page is the same whenever it is made

// Masks against the truth: of each part, and over all.
struct TruthTable {
  struct OfPart {
    PartKind kind = PartKind::kLarge;
    std::size_t assets = 0;
    MaskAgreement all;
    double iou_sum = 0;
  };
  std::map<std::string, OfPart> by_part;  // "category · part"
  MaskAgreements agreements;
};

void add_truth(const fs::path& asset_folder, const LabelledAsset& labelled, TruthTable& table) {
  std::map<std::string, std::vector<int>> views;
  for (const MaskRecord& mask : labelled.masks) views[mask.part].push_back(mask.view);
  for (const Part& part : labelled.parts) {
    const auto of_part = views.find(part.name);
    if (of_part == views.end()) continue;
    const auto agreement = mask_agreement(asset_folder, part.name, of_part->second);
    if (!agreement || std::isnan(agreement->iou())) continue;
    table.agreements.add(labelled.asset.uid, kind_of(part), *agreement);
    TruthTable::OfPart& score = table.by_part[labelled.asset.category + " · " + part.name];
    score.kind = kind_of(part);
    ++score.assets;
    score.all += *agreement;
    score.iou_sum += agreement->iou();
  }
}

std::string share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? fmt::format("{:.2f}", static_cast<double>(part) / static_cast<double>(whole)) : "–";
}

std::string truth_html(const TruthTable& table) {
  if (table.agreements.empty()) return {};
  std::vector<std::vector<std::string>> kinds, parts;
  const auto add_kind = [&](const std::string& name, std::optional<PartKind> kind) {
    const Interval iou = table.agreements.iou(kind, kSeed);
    if (iou.samples == 0) return;
    kinds.push_back({name, std::to_string(table.agreements.count(kind)), std::to_string(iou.samples),
                     fmt::format("{:.2f} [{:.2f}, {:.2f}]", iou.mean, iou.low, iou.high)});
  };
  for (const auto& [kind, name] : names_of(PartKind{})) add_kind(std::string(name), kind);
  add_kind("all", std::nullopt);
  for (const auto& [name, score] : table.by_part)
    parts.push_back({name, std::string(to_string(score.kind)), std::to_string(score.assets),
                     share(score.all.both, score.all.masked), share(score.all.both, score.all.truth),
                     fmt::format("{:.2f}", score.iou_sum / static_cast<double>(score.assets))});
  return "<h3>Masks against the truth</h3>\n" +
         paragraph_html(
             "The masks that are trained on, at the pixels of each training view's visible points, against "
             "the "
             "points that lie on the part by the asset's own file, over the assets pictured below. IoU: mean "
             "over "
             "(asset, part), with a 95 % bootstrap interval over assets.") +
         plain_table_html({"kind of part", "(asset, part)", "assets", "IoU"}, kinds,
                          {false, true, true, true}) +
         details_html(fmt::format("{} parts", parts.size()),
                      plain_table_html({"part", "kind", "assets", "precision", "recall", "IoU"}, parts,
                                       {false, false, true, true, true, true}));
}

// Below 0: its heat is no probability.
double doubt_of(const LabelledAsset& labelled, const std::string& part) {
  const auto support = labelled.supports.find(part);
  return support == labelled.supports.end() ? -1 : support->second.doubt;
}

// Heat at the pixels of a view's points, 0 … 255; 0 where there is no point.
Image8 heat_at_pixels(int width, int height, const VisiblePoints& points, const Heat01& heat) {
  Image8 values(width, height, 1);
  for (std::size_t i = 0; i < points.ids.size(); ++i) {
    const Pixel& pixel = points.pixels[i];
    const auto value = static_cast<std::uint8_t>(255.0 * heat.at(static_cast<std::size_t>(points.ids[i])));
    for (int y = std::max(0, pixel.y - 1); y <= std::min(height - 1, pixel.y + 1); ++y)
      for (int x = std::max(0, pixel.x - 1); x <= std::min(width - 1, pixel.x + 1); ++x)
        *values.at(x, y) = std::max(*values.at(x, y), value);
  }
  return values;
}

// A picture of a part's label.
struct LabelFigure {
  double doubt = -1;  // below 0: its heat is no probability
  std::string html;
};

// Render, heat of the visible points and mask of a training view, cropped as training sees it.
LabelFigure label_figure(const Workspace& workspace, const LabelledAsset& labelled, const MaskRecord& mask,
                         PictureFolder& pictures) {
  const Asset& asset = labelled.asset;
  const fs::path folder = workspace.asset(asset.uid);
  const double doubt = doubt_of(labelled, mask.part);
  const Heat01 heat = heat_share(load_heat(heat_path(folder, mask.part)), doubt >= 0);
  const fs::path views = view_folder(folder, ViewSet::kTrain);
  const Image8 rgba = load_view_image(view_image_path(views, mask.view));
  const ObjectCrop crop = crop_object(rgba);
  const VisiblePoints points = load_visible_points(visible_points_path(views, mask.view));
  const Image8 heat_view = crop_mask(heat_at_pixels(rgba.width, rgba.height, points, heat), crop.window);
  const Image8 mask_view =
      crop_mask(load_mask(mask_path(folder, mask.part, mask.view), rgba.width, rgba.height), crop.window);
  const std::string file = pictures.save(
      "label-" + asset.uid + "-" + mask.part,
      contact_sheet({crop.rgb, overlay_heat(crop.rgb, heat_view), overlay_mask(crop.rgb, mask_view)}, 3,
                    kLabelPicture));
  std::string caption =
      fmt::format("{} · {}: {} mask pixels ({})", asset.name, mask.part, mask.pixels, to_string(mask.branch));
  if (doubt >= 0) caption += fmt::format(", doubt {:.2f}", doubt);
  return {doubt, figure_html(file, caption, 3 * kLabelPicture)};
}

// Of every part of an asset the view with the largest mask; parts without any are left out.
std::map<std::string, MaskRecord> largest_masks(const std::vector<MaskRecord>& masks) {
  std::map<std::string, MaskRecord> largest;
  for (const MaskRecord& mask : masks) {
    const auto [entry, is_new] = largest.try_emplace(mask.part, mask);
    if (!is_new && mask.pixels > entry->second.pixels) entry->second = mask;
  }
  std::erase_if(largest, [](const auto& entry) { return entry.second.pixels == 0; });
  return largest;
}

// The part that is most in doubt; where no doubt is known, not always the first.
std::optional<MaskRecord> pictured_mask(const LabelledAsset& labelled, std::size_t number) {
  std::vector<MaskRecord> masks;
  for (const auto& [part, mask] : largest_masks(labelled.masks)) masks.push_back(mask);
  if (masks.empty()) return std::nullopt;
  const auto doubt = [&](const MaskRecord& mask) { return doubt_of(labelled, mask.part); };
  const MaskRecord& most = *std::ranges::max_element(masks, {}, doubt);
  return doubt(most) >= 0 ? most : masks[number % masks.size()];
}

// The parts that are most in doubt first; those of which none is known last.
Table by_doubt(Table labels) {
  const auto column =
      static_cast<std::size_t>(std::ranges::find(labels.columns, "doubt") - labels.columns.begin());
  if (column == labels.columns.size()) return labels;
  std::ranges::stable_sort(labels.rows, std::greater(), [column](const std::vector<std::string>& row) {
    return row[column].empty() ? -1 : std::stod(row[column]);
  });
  return labels;
}

}  // namespace

PageSection label_section(const Workspace& workspace, const std::vector<LabelledAsset>& assets,
                          const Table& labels, PictureFolder& pictures) {
  if (assets.empty())
    return {"Labels", missing_html("There are no part masks yet; make them by:", "funcorr mask")};
  TruthTable truth;
  std::vector<LabelFigure> figures;
  for (std::size_t i = 0; i < assets.size(); ++i) {
    add_truth(workspace.asset(assets[i].asset.uid), assets[i], truth);
    if (const auto mask = pictured_mask(assets[i], i))
      figures.push_back(label_figure(workspace, assets[i], *mask, pictures));
  }
  std::ranges::stable_sort(figures, std::greater(), &LabelFigure::doubt);
  std::vector<std::string> in_order;
  for (LabelFigure& figure : figures) in_order.push_back(std::move(figure.html));
  return {"Labels", "<h3>Parts</h3>\n" + statistics_html(by_doubt(labels), 30) + truth_html(truth) +
                        reliability_html(workspace, assets) + "<h3>Pictures</h3>\n" +
                        paragraph_html(
                            "Render; heat of the surface points it shows (yellow: most); mask. Of each asset "
                            "the part that is most in doubt, where heats are probabilities, and these in "
                            "order of doubt.") +
                        figure_row_html(in_order)};
}

}  // namespace funcorr
