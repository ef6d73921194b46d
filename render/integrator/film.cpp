#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "render/integrator/path_tracer.h"

namespace funcorr {
namespace {

// Integral of the window from the left end to t in 0…1; 0.35875 at the end.
double blackman_harris_integral(double t) {
  constexpr double kTwoPi = 2.0 * std::numbers::pi;
  return 0.35875 * t - 0.48829 * std::sin(kTwoPi * t) / kTwoPi +
         0.14128 * std::sin(2 * kTwoPi * t) / (2 * kTwoPi) -
         0.01168 * std::sin(3 * kTwoPi * t) / (3 * kTwoPi);
}

constexpr int kQuantiles = 1024;

std::array<float, kQuantiles + 1> invert_blackman_harris() {
  std::array<float, kQuantiles + 1> quantiles{};
  for (int i = 0; i <= kQuantiles; ++i) {
    double low = 0, high = 1;
    for (int step = 0; step < 50; ++step) {
      const double middle = 0.5 * (low + high);
      (blackman_harris_integral(middle) < 0.35875 * i / kQuantiles ? low : high) = middle;
    }
    quantiles[static_cast<std::size_t>(i)] = static_cast<float>(low + high - 1.0);  // −1…1
  }
  return quantiles;
}

}  // namespace

float sample_blackman_harris(float u, float radius) {
  static const std::array<float, kQuantiles + 1> quantiles = invert_blackman_harris();
  const float x = std::clamp(u, 0.0F, 1.0F) * kQuantiles;
  const auto cell = std::min<std::size_t>(static_cast<std::size_t>(x), kQuantiles - 1);
  const float t = x - static_cast<float>(cell);
  return radius * (quantiles[cell] * (1.0F - t) + quantiles[cell + 1] * t);
}

Image8 develop(const ImageF& premultiplied, double exposure_stops) {
  const auto gain = static_cast<float>(std::exp2(exposure_stops));
  Image8 rgba(premultiplied.width, premultiplied.height, 4);
  for (int y = 0; y < rgba.height; ++y)
    for (int x = 0; x < rgba.width; ++x) {
      const float* source = premultiplied.at(x, y);
      std::uint8_t* target = rgba.at(x, y);
      const float alpha = std::clamp(source[3], 0.0F, 1.0F);
      if (alpha <= 0.0F) continue;
      for (int c = 0; c < 3; ++c) target[c] = srgb8_from_linear(gain * source[c] / alpha);
      target[3] = static_cast<std::uint8_t>(std::lround(255.0F * alpha));
    }
  return rgba;
}

}  // namespace funcorr
