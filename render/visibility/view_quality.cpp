#include "render/visibility/view_quality.h"

#include <algorithm>

namespace funcorr {

std::string ViewQuality::flags() const {
  std::string joined;
  const auto add = [&joined](bool set, const char* name) {
    if (!set) return;
    if (!joined.empty()) joined += ',';
    joined += name;
  };
  add(blank, "blank");
  add(nearly_blank, "nearly_blank");
  add(out_of_frame, "out_of_frame");
  add(all_black, "all_black");
  add(all_white, "all_white");
  return joined;
}

ViewQuality assess_view(const Image8& rgba) {
  ViewQuality quality;
  std::int64_t foreground = 0;
  int darkest = 255, brightest = 0;
  for (int y = 0; y < rgba.height; ++y)
    for (int x = 0; x < rgba.width; ++x) {
      const std::uint8_t* pixel = rgba.at(x, y);
      if (pixel[3] < 128) continue;
      ++foreground;
      const int luminance = (54 * pixel[0] + 183 * pixel[1] + 19 * pixel[2]) / 256;
      darkest = std::min(darkest, luminance);
      brightest = std::max(brightest, luminance);
      if (x == 0 || y == 0 || x == rgba.width - 1 || y == rgba.height - 1) quality.out_of_frame = true;
    }
  const auto pixels = static_cast<double>(rgba.width) * rgba.height;
  quality.coverage = pixels > 0 ? static_cast<double>(foreground) / pixels : 0;
  quality.blank = foreground == 0;
  quality.nearly_blank = !quality.blank && quality.coverage < 0.002;
  quality.all_black = !quality.blank && brightest < 8;
  quality.all_white = !quality.blank && darkest > 250;
  return quality;
}

}  // namespace funcorr
