#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "db/dataset/correspondence.h"
#include "db/format/random.h"

namespace funcorr {

// A descriptor per crop pixel: [224·224, channels] row-major, pixel y·224 + x; L2-normalised, so that the dot
// product is the cosine similarity.
struct DenseFeatures {
  int channels = 0;
  std::vector<float> values;
};

// [224·224] of the crop, 0 outside.
using CropMask = std::vector<std::uint8_t>;
std::size_t count_pixels(const CropMask& mask);
std::vector<Pixel> pixels_of(const CropMask& mask);  // row-major order

// One image of a pair as a row of the results table sees it. `part`: where the row believes the functional
// part to be (predicted or from the VLM); its pixels outside the object are ignored.
struct MatchingSide {
  const DenseFeatures* features = nullptr;
  const CropMask* object = nullptr;
  std::optional<CropMask> part;
};

struct MatchingOptions {
  // Label transfer is limited to the target's part if that has at least so many pixels: 16 for boxes of a
  // VLM, 1 for the model's own masks.
  std::size_t least_transfer_pixels = 1;
  // Discovery is split into part and rest if all four regions have at least so many pixels.
  std::size_t least_discovery_pixels = 16;
};

// What a row predicts for a pair, per direction (0: image 1 → 2, 1: image 2 → 1). Pairs and pixels are in the
// direction's sense: `first` is in the source image.
struct DirectedMatches {
  std::vector<Pixel> transfer;    // [n] for the n given source pixels
  std::vector<PixelPair> ranked;  // one per pixel of the source's object mask, best first
};
using PairMatches = std::array<DirectedMatches, 2>;

// Nearest neighbours by cosine similarity (ties: the first in row-major order) as REFERENCE.md's "Metrics"
// asks. `truth`: ground-truth pairs, whose ends are the source pixels of label transfer. Throws
// std::invalid_argument where an object mask is empty or sizes do not fit. Memory: features inside the masks
// and one tile of similarities (8 MB). Uses LibTorch's matrix product and its threads.
PairMatches match_pair(const MatchingSide& image_1, const MatchingSide& image_2,
                       const std::vector<PixelPair>& truth, const MatchingOptions& options = {});

// The row "chance": random pixels of the other mask, in random order.
PairMatches match_by_chance(const CropMask& object_1, const CropMask& object_2,
                            const std::vector<PixelPair>& truth, Random& random);

// Best match of every row of a in b and of every row of b in a, from one matrix product in tiles.
struct MutualMatches {
  std::vector<std::int32_t> b_of_a, a_of_b;
  std::vector<float> similarity_of_a, similarity_of_b;
};
// a: [n, channels], b: [m, channels], row-major; n, m ≥ 1. `both` false: only b_of_a and similarity_of_a.
MutualMatches match_mutually(const std::vector<float>& a, const std::vector<float>& b, int channels,
                             bool both = true);

// Threads of LibTorch's matrix products in this process.
void set_matching_threads(int threads);

}  // namespace funcorr
