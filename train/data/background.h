#pragma once

#include <array>
#include <cstdint>

namespace funcorr {

// What augmentation puts behind an object, as the paper's release does: one colour (p ½) or a linear
// gradient between two, horizontal or vertical; with p ½ noise on top. Uniform colours in 0…1; the noise is
// normal with a deviation drawn from 0…0.2, cut to 0…1.
struct Background {
  std::array<float, 3> first{}, second{};  // RGB at the left (or upper) and right (or lower) edge
  bool is_vertical = false;                // the gradient runs downwards
  float noise = 0;                         // standard deviation
  std::uint64_t noise_seed = 0;
};

// The same background for the same seed.
Background draw_background(std::uint64_t seed);

}  // namespace funcorr
