#pragma once

#include "db/format/image.h"

namespace funcorr {

enum class ViewTransform {
  kStandard,  // sRGB, clipped
  kFilmic,    // ACES' film-like tone curve (fit of Narkowicz 2015), then sRGB: highlights roll off
};

// Straight-alpha 8-bit RGBA from premultiplied linear radiance times 2^exposure_stops. [height, width, 4]
Image8 develop(const ImageF& premultiplied, double exposure_stops = 0,
               ViewTransform view_transform = ViewTransform::kStandard);

}  // namespace funcorr
