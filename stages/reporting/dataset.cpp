// What there is of every category and function, how it looks, and what is known of its labels.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "db/dataset/crop.h"
#include "db/dataset/view_points.h"
#include "db/format/npy.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "eval/object_files.h"
#include "eval/report/figures.h"
#include "labeling/fusion/heat.h"
#include "stages/reporting/source.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

constexpr int kCell = 120;          // px, an asset on the contact sheet
constexpr int kLabelPicture = 200;  // px, each of the three of a label

bool has_done(Manifest& manifest, const std::string& stage) {
  return !pick_assets(manifest, stage, 1).empty();
}

// The object large in the picture: a view as training crops it; the whole view where that shows too little.
Image8 close_up(const fs::path& view) {
  const Image8 rgba = load_image8(view);
  try {
    return crop_object(rgba).rgb;
  } catch (const std::invalid_argument&) {
    return composite_on_white(rgba);
  }
}

Image8 picture_of(const ReportSource& source, const std::string& uid, const std::string& set, int view) {
  return composite_on_white(load_image8(source.workspace.asset(uid) / set / fmt::format("{:04}.png", view)));
}

// The view of a set that shows most surface points.
int clearest_view(const std::vector<View>& views) {
  const auto best = std::max_element(views.begin(), views.end(), [](const View& a, const View& b) {
    return a.visible_points < b.visible_points;
  });
  return best == views.end() ? 0 : best->index;
}

std::string view_strip(const ReportSource& source, PictureFolder& pictures, const Asset& asset,
                       const std::string& set, const std::string& caption) {
  std::vector<Image8> images;
  for (const View& view : views_of(source.manifest, asset.uid, set))
    images.push_back(picture_of(source, asset.uid, set, view.index));
  if (images.empty()) return {};
  constexpr int kColumns = 10;
  return figure_html(pictures.save("views-" + set, contact_sheet(images, kColumns, kCell)),
                     fmt::format("{} of {}", caption, asset.name),
                     kCell * std::min(kColumns, static_cast<int>(images.size())));
}

// Label quality of the asset's parts whose true extent its file tells.
struct TruthScore {
  double true_positive = 0, labelled = 0, truth = 0;  // points
  std::size_t assets = 0;
};

using Heat01 = std::vector<double>;  // [N] scaled to 0 … 1

Heat01 load_heat(const ReportSource& source, const std::string& uid, const std::string& part) {
  return scale_heat(load_npy(source.workspace.heat(uid, part)).as<double>());
}

void add_truth(const ReportSource& source, const std::string& uid, const std::string& part,
               const Heat01& heat, std::map<std::string, TruthScore>& scores, const std::string& category) {
  const auto truth = true_part_points(source.workspace.asset(uid), part);
  if (!truth || truth->size() != heat.size()) return;
  TruthScore& score = scores[category + " · " + part];
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
Image8 heat_at_pixels(int width, int height, const ViewPoints& points, const Heat01& heat) {
  Image8 values(width, height, 1);
  for (std::size_t i = 0; i < points.point_ids.size(); ++i) {
    const auto [row, column] = points.pixels_rowcol[i];
    const auto value =
        static_cast<std::uint8_t>(255.0 * heat.at(static_cast<std::size_t>(points.point_ids[i])));
    for (int y = std::max(0, row - 1); y <= std::min(height - 1, row + 1); ++y)
      for (int x = std::max(0, column - 1); x <= std::min(width - 1, column + 1); ++x)
        *values.at(x, y) = std::max(*values.at(x, y), value);
  }
  return values;
}

// Render, heat of the visible points and mask of a training view, cropped as training sees it.
std::string label_figure(const ReportSource& source, PictureFolder& pictures, const Asset& asset,
                         const MaskRecord& mask, const Heat01& heat) {
  const fs::path folder = source.workspace.asset(asset.uid);
  const Image8 rgba = load_image8(training_view_file(folder, mask.view, ".png"));
  const ObjectCrop crop = crop_object(rgba);
  const ViewPoints points = load_view_points(training_view_file(folder, mask.view, ".npz"));
  const Image8 heat_view = crop_mask(heat_at_pixels(rgba.width, rgba.height, points, heat), crop.window);
  const Image8 mask_view =
      crop_mask(load_image8(source.workspace.mask(asset.uid, mask.part, mask.view)), crop.window);
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
std::map<std::string, MaskRecord> largest_masks(Manifest& manifest, const std::string& uid) {
  std::map<std::string, MaskRecord> largest;
  for (const MaskRecord& mask : masks_of(manifest, uid)) {
    const auto [entry, is_new] = largest.try_emplace(mask.part, mask);
    if (!is_new && mask.pixels > entry->second.pixels) entry->second = mask;
  }
  std::erase_if(largest, [](const auto& entry) { return entry.second.pixels == 0; });
  return largest;
}

}  // namespace

PageSection dataset_section(const ReportSource& source) {
  if (!has_done(source.manifest, "filter"))
    return {"Dataset", missing_html("No asset is accepted yet; list and check them by:", "funcorr filter")};
  return {"Dataset", "<h3>Categories</h3>\n" + statistics_html(source.manifest, "category", 40) +
                         "<h3>Functions</h3>\n" + statistics_html(source.manifest, "function", 40)};
}

PageSection render_section(const ReportSource& source, PictureFolder& pictures) {
  const std::vector<Asset> assets = pick_assets(source.manifest, "render", source.sheet_assets);
  if (assets.empty())
    return {"Renders", missing_html("Nothing is rendered yet; render by:", "funcorr render")};
  std::vector<Image8> images;
  for (const Asset& asset : assets) {
    std::string set = "train";
    std::vector<View> views = views_of(source.manifest, asset.uid, set);
    if (views.empty()) views = views_of(source.manifest, asset.uid, set = "label");
    if (!views.empty())
      images.push_back(
          close_up(source.workspace.asset(asset.uid) / set / fmt::format("{:04}.png", clearest_view(views))));
  }
  constexpr int kColumns = 10;
  std::string html = figure_html(pictures.save("assets", contact_sheet(images, kColumns, kCell)),
                                 fmt::format("{} assets, in order of category, each by its view that shows "
                                             "most surface points",
                                             images.size()),
                                 kColumns * kCell);
  html += view_strip(source, pictures, assets.front(), "label", "labelling views");
  html += view_strip(source, pictures, assets.front(), "train", "training views");
  return {"Renders", html};
}

PageSection label_section(const ReportSource& source, PictureFolder& pictures) {
  const std::vector<Asset> assets = pick_assets(source.manifest, "mask", source.label_pictures);
  if (assets.empty())
    return {"Labels", missing_html("There are no part masks yet; make them by:", "funcorr mask")};
  std::map<std::string, TruthScore> scores;
  std::vector<std::string> figures;
  for (std::size_t i = 0; i < assets.size(); ++i) {
    const std::map<std::string, MaskRecord> masks = largest_masks(source.manifest, assets[i].uid);
    std::size_t number = 0;
    for (const auto& [part, mask] : masks) {
      const Heat01 heat = load_heat(source, assets[i].uid, part);
      add_truth(source, assets[i].uid, part, heat, scores, assets[i].category);
      if (number++ == i % masks.size())  // one part of each asset, not always the first
        figures.push_back(label_figure(source, pictures, assets[i], mask, heat));
    }
  }
  return {"Labels",
          "<h3>Parts</h3>\n" + statistics_html(source.manifest, "labels", 30) + truth_table(scores) +
              "<h3>Pictures</h3>\n" +
              paragraph_html("Render; heat of the surface points it shows (yellow: most boxes); mask.") +
              figure_row_html(figures)};
}

}  // namespace funcorr
