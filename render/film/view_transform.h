#pragma once

#include <array>

#include "db/format/image.h"
#include "db/format/named_enum.h"

namespace funcorr {

enum class ViewTransform {
  kStandard,  // sRGB, clipped
  kFilmic,    // ACES' film-like tone curve (fit of Narkowicz 2015), then sRGB: highlights roll off
};
constexpr auto names_of(ViewTransform) {
  return std::to_array<EnumName<ViewTransform>>(
      {{ViewTransform::kStandard, "standard"}, {ViewTransform::kFilmic, "filmic"}});
}

// Straight-alpha 8-bit RGBA from premultiplied linear radiance times 2^exposure_stops. [height, width, 4]
Image8 develop(const ImageF& premultiplied, double exposure_stops = 0,
               ViewTransform view_transform = ViewTransform::kStandard);

}  // namespace funcorr
