#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "db/format/random.h"
#include "eval/matching/discovery.h"

namespace funcorr {

struct MatchingOptions {
  // Label transfer is limited to the target's part if that has at least so many pixels: 16 for boxes of a
  // VLM, 1 for the model's own masks.
  std::size_t least_transfer_pixels = 1;
  // Discovery is split into part and rest if all four regions have at least so many pixels.
  std::size_t least_discovery_pixels = kLeastDiscoveryPixels;
  InferenceOptions inference{};
};

// What a row of the results table predicts for a pair, per direction (0: image 1 → 2, 1: image 2 → 1). Pairs
// and pixels are in the direction's sense: `first` is in the source image.
struct DirectedMatches {
  std::vector<Pixel> transfer;    // [n] for the n given source pixels
  std::vector<PixelPair> ranked;  // one per pixel of the source's object mask, best first
};
using PairMatches = std::array<DirectedMatches, 2>;

// What the paper measures of nearest neighbours by cosine similarity (ties: the first in row-major order), in
// both directions; of others by another inference. Label transfer: of every source pixel of the ground truth
// `truth` the most similar pixel in the target's object mask, or in its part. Discovery: every pixel of the
// source's object mask with its best match (discovery.h). Throws std::invalid_argument where an object mask
// is empty or sizes do not fit. Memory: features inside the masks and one tile of similarities.
PairMatches match_pair(const MatchingSide& image_1, const MatchingSide& image_2,
                       const std::vector<PixelPair>& truth, const MatchingOptions& options = {});

// The row "chance": random pixels of the other mask, in random order.
PairMatches match_by_chance(const CropMask& object_1, const CropMask& object_2,
                            const std::vector<PixelPair>& truth, Random& random);

}  // namespace funcorr
