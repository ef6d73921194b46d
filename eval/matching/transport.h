#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace funcorr {

// Pixels of a region of an image as transport sees them.
struct TransportSide {
  const std::vector<float>* features = nullptr;  // [n, channels] row-major, L2-normalised; n ≥ 1
  const std::vector<float>* mass = nullptr;      // [n] above 0; null: all alike
};

// What a pixel's similarities s are added to, so that exp((s_ij + bias_a[i] + bias_b[j] − dustbin) /
// temperature) is the mass that goes from i to j; and the share of each pixel's mass that the dustbins take.
struct TransportPlan {
  std::vector<float> bias_a, bias_b;      // [n], [m]
  std::vector<float> binned_a, binned_b;  // 0 … 1
};

// Entropic optimal transport with a dustbin on either side, after SuperGlue (Sarlin et al. 2020, section
// 3.3), by Sinkhorn's iterations (Cuturi 2013). Where we deviate: the masses of both sides sum to 1, since
// one object may be seen larger than the other, and so does what a dustbin can take; the dustbin's similarity
// is given, not learned. Of more than `most` pixels of a side so many, evenly spread in their order, are
// transported; the others take part by one step of the iteration more: features vary slowly over pixels.
// Runs on `device`, a name as DeviceChoice has it; two copies of each side come back. Throws
// std::invalid_argument where a side is empty or sizes do not fit.
constexpr std::size_t kMostTransported = 1024;
TransportPlan transport(const TransportSide& a, const TransportSide& b, int channels, double temperature,
                        double dustbin, const std::string& device = "cpu",
                        std::size_t most = kMostTransported);

}  // namespace funcorr
