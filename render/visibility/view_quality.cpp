#include "render/visibility/view_quality.h"

#include <algorithm>

namespace funcorr {

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
      if (x == 0 || y == 0 || x == rgba.width - 1 || y == rgba.height - 1)
        quality.flags.insert(ViewFlag::kOutOfFrame);
    }
  const auto pixels = static_cast<double>(rgba.width) * rgba.height;
  quality.coverage = pixels > 0 ? static_cast<double>(foreground) / pixels : 0;
  if (foreground == 0) {
    quality.flags.insert(ViewFlag::kBlank);
    return quality;
  }
  if (quality.coverage < 0.002) quality.flags.insert(ViewFlag::kNearlyBlank);
  if (brightest < 8) quality.flags.insert(ViewFlag::kAllBlack);
  if (darkest > 250) quality.flags.insert(ViewFlag::kAllWhite);
  return quality;
}

}  // namespace funcorr
