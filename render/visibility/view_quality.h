#pragma once

#include "db/dataset/record/view.h"
#include "db/format/image.h"

namespace funcorr {

// What is wrong with a rendered view, to find it by query. Luminance is that of the 8-bit sRGB codes.
struct ViewQuality {
  double coverage = 0;  // share of pixels with alpha > 0.5
  ViewFlags flags;
};

ViewQuality assess_view(const Image8& rgba);

}  // namespace funcorr
