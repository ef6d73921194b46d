#include "labeling/grounding/pilot_picture.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include <opencv2/imgproc.hpp>

#include "db/format/image.h"
#include "labeling/box/square.h"

namespace funcorr {
namespace {

constexpr int kTile = 240, kGap = 8, kColumns = 6, kTop = 40;
constexpr std::size_t kMostTiles = 24;

const cv::Scalar& colour(std::size_t format) {
  static const std::array<cv::Scalar, 3> colours = {cv::Scalar(214, 39, 40), cv::Scalar(31, 119, 180),
                                                    cv::Scalar(44, 160, 44)};
  return colours[format % colours.size()];
}

cv::Mat as_mat(Image8& rgb) { return {rgb.height, rgb.width, CV_8UC3, rgb.pixels.data()}; }

// What the model was shown, without the padding.
Image8 picture(const Workspace& workspace, const ShownView& shown) {
  try {
    const Image8 view = load_image8(picture_path(workspace.asset(shown.uid), shown.set, shown.view));
    return composite_on_white(crop_image(view, shown.crop));
  } catch (const std::exception&) {
    Image8 white(std::max(1, shown.crop.width()), std::max(1, shown.crop.height()), 3);
    std::ranges::fill(white.pixels, std::uint8_t{255});
    return white;
  }
}

void draw_tile(const Workspace& workspace, const std::vector<const PilotTile*>& same, cv::Mat into) {
  Image8 shown = picture(workspace, same.front()->shown);
  const double scale = static_cast<double>(kTile) / std::max(shown.width, shown.height);
  const cv::Size size(std::max(1, static_cast<int>(shown.width * scale)),
                      std::max(1, static_cast<int>(shown.height * scale)));
  cv::Mat small;
  cv::resize(as_mat(shown), small, size, 0, 0, cv::INTER_AREA);
  small.copyTo(into(cv::Rect({0, 0}, size)));
  const auto at = [scale](int x, int y) {
    return cv::Point(static_cast<int>(x * scale), static_cast<int>(y * scale));
  };
  for (const PilotTile* tile : same)
    for (std::size_t format = 0; format < tile->boxes.size(); ++format)
      for (const PixelBox& box : tile->boxes[format])
        cv::rectangle(into, at(box.x1, box.y1), at(box.x2, box.y2), colour(format), 2);
}

}  // namespace

void write_pilot_picture(const std::filesystem::path& file, const Workspace& workspace,
                         const std::vector<std::string>& formats, const std::vector<PilotTile>& tiles) {
  std::vector<std::vector<const PilotTile*>> views;
  std::map<std::tuple<std::string, int, int, int, int, int>, std::size_t> known;
  for (const PilotTile& tile : tiles) {
    const PixelBox& crop = tile.shown.crop;
    const auto [found, is_new] = known.emplace(
        std::tuple(tile.shown.uid, tile.shown.view, crop.x1, crop.y1, crop.x2, crop.y2), views.size());
    if (is_new) views.emplace_back();
    views[found->second].push_back(&tile);
  }
  views.resize(std::min(views.size(), kMostTiles));
  const int count = static_cast<int>(views.size()), rows = (count + kColumns - 1) / kColumns;
  Image8 sheet(kGap + kColumns * (kTile + kGap), kTop + rows * (kTile + kGap), 3);
  std::ranges::fill(sheet.pixels, std::uint8_t{255});
  cv::Mat canvas = as_mat(sheet);
  int x = kGap;
  for (std::size_t format = 0; format < formats.size(); ++format) {
    constexpr double kLetters = 0.7;
    cv::putText(canvas, formats[format], {x, 27}, cv::FONT_HERSHEY_SIMPLEX, kLetters, colour(format), 2);
    x += cv::getTextSize(formats[format], cv::FONT_HERSHEY_SIMPLEX, kLetters, 2, nullptr).width + 3 * kGap;
  }
  for (int i = 0; i < count; ++i)
    draw_tile(workspace, views[static_cast<std::size_t>(i)],
              canvas(cv::Rect(kGap + (i % kColumns) * (kTile + kGap), kTop + (i / kColumns) * (kTile + kGap),
                              kTile, kTile)));
  std::filesystem::create_directories(file.parent_path());
  save_png(file, sheet);
}

}  // namespace funcorr
