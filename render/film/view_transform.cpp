#include "render/film/view_transform.h"

#include <algorithm>
#include <cmath>

#include "render/material/texture.h"

namespace funcorr {
namespace {

// Without the fit's exposure: middle grey stays within a third of a stop of the standard transform's.
float filmic(float x) {
  return std::clamp(x * (2.51F * x + 0.03F) / (x * (2.43F * x + 0.59F) + 0.14F), 0.0F, 1.0F);
}

}  // namespace

Image8 develop(const ImageF& premultiplied, double exposure_stops, ViewTransform view_transform) {
  const auto gain = static_cast<float>(std::exp2(exposure_stops));
  Image8 rgba(premultiplied.width, premultiplied.height, 4);
  for (int y = 0; y < rgba.height; ++y)
    for (int x = 0; x < rgba.width; ++x) {
      const float* source = premultiplied.at(x, y);
      std::uint8_t* target = rgba.at(x, y);
      const float alpha = std::clamp(source[3], 0.0F, 1.0F);
      if (alpha <= 0.0F) continue;
      for (int c = 0; c < 3; ++c) {
        const float linear = gain * source[c] / alpha;
        target[c] = srgb8_from_linear(view_transform == ViewTransform::kFilmic ? filmic(linear) : linear);
      }
      target[3] = static_cast<std::uint8_t>(std::lround(255.0F * alpha));
    }
  return rgba;
}

}  // namespace funcorr
