#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "db/dataset/pixel.h"
#include "eval/matching/inference.h"

namespace funcorr {

// Pixels of a region of a crop, with what is known of them.
struct RegionPixels {
  std::vector<Pixel> pixels;
  std::vector<float> features;       // [n, channels] row-major, L2-normalised
  std::vector<float> probability{};  // [n] of the functional part; empty: nobody says
};

struct PixelMatch {
  std::int32_t index = 0;  // of the other region's pixels
  float similarity = 0;    // cosine
  float bias = 0;          // what is added to it where matches are compared; 0 by the paper's inference
  bool is_matched = true;  // false: transport's dustbin takes more than half of the pixel's mass
};
// Of every pixel of the first region in the second, and the reverse.
using RegionMatches = std::array<std::vector<PixelMatch>, 2>;

// The matches between two regions by the options but for shifts, which are the features' matter, and cuts,
// which are the regions'. Ties go to the first. `both` false: of the first region only. Computes on `device`,
// a name as DeviceChoice has it. Throws std::invalid_argument where a region is empty.
RegionMatches match_regions(const RegionPixels& a, const RegionPixels& b, int channels,
                            const InferenceOptions& options, const std::string& device = "cpu",
                            bool both = true);

}  // namespace funcorr
