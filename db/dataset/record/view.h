#pragma once

#include <cstdint>
#include <string>

namespace funcorr {

// One rendered view. set: "label" or "train".
struct View {
  std::string uid, set;
  int index = 0;
  std::string hdri;  // name of the environment map
  double hdri_rotation_deg = 0;
  double coverage = 0;  // share of pixels with alpha > 0.5
  std::int64_t visible_points = 0;
  std::string flags;  // comma-separated quality flags; empty when fine
};

}  // namespace funcorr
