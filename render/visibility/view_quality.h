#pragma once

#include "db/dataset/record/view.h"
#include "db/format/image.h"

namespace funcorr {

// What is wrong with a rendered view, to find it by query. Luminance is that of the 8-bit sRGB codes.
struct ViewQuality {
  double coverage = 0;  // share of pixels with alpha > 0.5: the foreground
  // kBlank: no foreground. kNearlyBlank: less than 0.2 % of the image. kOutOfFrame: it touches the image's
  // border. kAllBlack: none of it is brighter than 8 of 255. kAllWhite: none is darker than 250 of 255.
  EnumSet<ViewFlag> flags;
};

ViewQuality assess_view(const Image8& rgba);

}  // namespace funcorr
