#pragma once

#include <string>

#include "db/format/image.h"

namespace funcorr {

// What is wrong with a rendered view, to find it by query. Luminance is that of the 8-bit sRGB codes.
struct ViewQuality {
  double coverage = 0;        // share of pixels with alpha > 0.5
  bool blank = false;         // no foreground at all
  bool nearly_blank = false;  // less than 0.2 % of the image
  bool out_of_frame = false;  // foreground touches the image's border
  bool all_black = false;     // no foreground pixel brighter than 8 of 255
  bool all_white = false;     // none darker than 250 of 255

  std::string flags() const;  // "nearly_blank,out_of_frame"; empty when fine
};

ViewQuality assess_view(const Image8& rgba);

}  // namespace funcorr
