// What is known of the labels.
#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "db/dataset/crop.h"
#include "db/dataset/heat.h"
#include "db/dataset/mask.h"
#include "db/dataset/view.h"
#include "db/dataset/visible_points.h"
#include "eval/report/figures.h"
#include "eval/report/sections.h"
#include "eval/truth/object_files.h"
#include "labeling/fusion/heat.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

constexpr int kLabelPicture = 200;  // px, each of the three of a label

// Label quality of the asset's parts whose true extent its file tells.
struct TruthScore {
  double true_positive = 0, labelled = 0, truth = 0;  // points
  std::size_t assets = 0;
};

using Heat01 = std::vector<double>;  // [N] scaled to 0 … 1

void add_truth(const fs::path& asset_folder, const std::string& part, const Heat01& heat, TruthScore& score) {
  const auto truth = true_part_points(asset_folder, part);
  if (!truth || truth->size() != heat.size()) return;
  ++score.assets;
  for (std::size_t i = 0; i < heat.size(); ++i) {
    const bool labelled = heat[i] > 0.5, on_part = (*truth)[i];
    score.true_positive += labelled && on_part;
    score.labelled += labelled;
    score.truth += on_part;
  }
}

std::string truth_table(const std::map<std::string, TruthScore>& scores) {
  if (scores.empty()) return {};
  std::vector<std::vector<std::string>> rows;
  const auto row = [](const std::string& name, const TruthScore& score) -> std::vector<std::string> {
    const auto share = [](double part, double whole) {
      return whole > 0 ? fmt::format("{:.2f}", part / whole) : std::string("–");
    };
    return {name, std::to_string(score.assets), share(score.true_positive, score.labelled),
            share(score.true_positive, score.truth),
            share(score.true_positive, score.labelled + score.truth - score.true_positive)};
  };
  TruthScore all;
  for (const auto& [name, score] : scores) {
    rows.push_back(row(name, score));
    all.assets += score.assets;
    all.true_positive += score.true_positive;
    all.labelled += score.labelled;
    all.truth += score.truth;
  }
  rows.push_back(row("all", all));
  return "<h3>Labels against the truth</h3>\n" +
         paragraph_html(
             "Surface points whose heat is above ½, against the points that lie on the part by the asset's "
             "own "
             "file, over the assets pictured below.") +
         details_html(fmt::format("{} parts; all together: precision {}, recall {}, IoU {}", scores.size(),
                                  rows.back()[2], rows.back()[3], rows.back()[4]),
                      plain_table_html({"part", "assets", "precision", "recall", "IoU"}, rows,
                                       {false, true, true, true, true}));
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

// Render, heat of the visible points and mask of a training view, cropped as training sees it.
std::string label_figure(const Workspace& workspace, const Asset& asset, const MaskRecord& mask,
                         const Heat01& heat, PictureFolder& pictures) {
  const fs::path folder = workspace.asset(asset.uid);
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
  return figure_html(
      file,
      fmt::format("{} · {}: {} mask pixels ({})", asset.name, mask.part, mask.pixels, to_string(mask.branch)),
      3 * kLabelPicture);
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

}  // namespace

PageSection label_section(const Workspace& workspace, const std::vector<LabelledAsset>& assets,
                          const Table& labels, PictureFolder& pictures) {
  if (assets.empty())
    return {"Labels", missing_html("There are no part masks yet; make them by:", "funcorr mask")};
  std::map<std::string, TruthScore> scores;
  std::vector<std::string> figures;
  for (std::size_t i = 0; i < assets.size(); ++i) {
    const Asset& asset = assets[i].asset;
    const fs::path folder = workspace.asset(asset.uid);
    const std::map<std::string, MaskRecord> masks = largest_masks(assets[i].masks);
    std::size_t number = 0;
    for (const auto& [part, mask] : masks) {
      const Heat01 heat = scale_heat(load_heat(heat_path(folder, part)));
      add_truth(folder, part, heat, scores[asset.category + " · " + part]);
      if (number++ == i % masks.size())  // one part of each asset, not always the first
        figures.push_back(label_figure(workspace, asset, mask, heat, pictures));
    }
  }
  std::erase_if(scores, [](const auto& score) { return score.second.assets == 0; });
  return {"Labels",
          "<h3>Parts</h3>\n" + statistics_html(labels, 30) + truth_table(scores) + "<h3>Pictures</h3>\n" +
              paragraph_html("Render; heat of the surface points it shows (yellow: most boxes); mask.") +
              figure_row_html(figures)};
}

}  // namespace funcorr
