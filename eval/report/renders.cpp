// What there is of every category and function, and how it looks.
#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>

#include "db/dataset/crop.h"
#include "db/dataset/view.h"
#include "eval/report/figures.h"
#include "eval/report/sections.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

constexpr int kColumns = 10, kCell = 120;  // px, of a sheet of views

// The object large in the picture: a view as training crops it; the whole view where that shows too little.
Image8 close_up(const fs::path& view) {
  const Image8 rgba = load_image8(view);
  try {
    return crop_object(rgba).rgb;
  } catch (const std::invalid_argument&) {
    return composite_on_white(rgba);
  }
}

// The view of a set that shows most surface points.
int clearest_view(const std::vector<View>& views) {
  const auto best = std::max_element(views.begin(), views.end(), [](const View& a, const View& b) {
    return a.visible_points < b.visible_points;
  });
  return best == views.end() ? 0 : best->index;
}

// Of the training views, or of the labelling views where there are no others.
Image8 picture_of(const Workspace& workspace, const RenderedAsset& asset) {
  const bool is_training = !asset.training_views.empty();
  const fs::path folder =
      view_folder(workspace.asset(asset.asset.uid), is_training ? ViewSet::kTrain : ViewSet::kLabel);
  return close_up(
      view_image_path(folder, clearest_view(is_training ? asset.training_views : asset.labelling_views)));
}

std::string view_strip(const Workspace& workspace, const Asset& asset, ViewSet set,
                       const std::vector<View>& views, const std::string& caption, PictureFolder& pictures) {
  const fs::path folder = view_folder(workspace.asset(asset.uid), set);
  std::vector<Image8> images;
  for (const View& view : views)
    images.push_back(composite_on_white(load_view_image(view_image_path(folder, view.index))));
  if (images.empty()) return {};
  return figure_html(
      pictures.save("views-" + std::string(to_string(set)), contact_sheet(images, kColumns, kCell)),
      fmt::format("{} of {}", caption, asset.name),
      kCell * std::min(kColumns, static_cast<int>(images.size())));
}

}  // namespace

PageSection dataset_section(const ReportContents& contents) {
  if (!contents.are_assets_accepted)
    return {"Dataset", missing_html("No asset is accepted yet; list and check them by:", "funcorr filter")};
  return {"Dataset", "<h3>Categories</h3>\n" + statistics_html(contents.categories, 40) +
                         "<h3>Functions</h3>\n" + statistics_html(contents.functions, 40)};
}

PageSection render_section(const Workspace& workspace, const std::vector<RenderedAsset>& assets,
                           PictureFolder& pictures) {
  if (assets.empty())
    return {"Renders", missing_html("Nothing is rendered yet; render by:", "funcorr render")};
  std::vector<Image8> images;
  for (const RenderedAsset& asset : assets)
    if (!asset.training_views.empty() || !asset.labelling_views.empty())
      images.push_back(picture_of(workspace, asset));
  std::string html = figure_html(pictures.save("assets", contact_sheet(images, kColumns, kCell)),
                                 fmt::format("{} assets, in order of category, each by its view that shows "
                                             "most surface points",
                                             images.size()),
                                 kColumns * kCell);
  const RenderedAsset& first = assets.front();
  html +=
      view_strip(workspace, first.asset, ViewSet::kLabel, first.labelling_views, "labelling views", pictures);
  html +=
      view_strip(workspace, first.asset, ViewSet::kTrain, first.training_views, "training views", pictures);
  return {"Renders", html};
}

}  // namespace funcorr
