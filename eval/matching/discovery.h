#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "db/format/options.h"
#include "eval/matching/crop_features.h"
#include "eval/matching/inference.h"

namespace funcorr {

// One image of a pair as label transfer and discovery see it.
struct MatchingSide {
  const CropFeatures* features = nullptr;  // of the object's pixels at least
  const CropMask* object = nullptr;
  std::optional<CropMask> part;  // where the functional part is believed to be; only what lies on the object
  const std::vector<float>* part_probability = nullptr;  // [kCropPixels] that PartRule::kPrior takes in place
                                                         // of the part; null: nobody says
};

// A pixel of image 1, its best match in image 2, and that one's best match back in image 1.
struct CycleMatch {
  PixelPair pair;
  Pixel back;
  float similarity = 0;    // of `pair`
  float bias = 0;          // as in PixelMatch
  bool is_matched = true;  // likewise
};
double cycle_distance(const CycleMatch& match);  // px from the first pixel to the way back's end

// Best first by (1 − d)·s: d the cycle distance and s the similarity with its bias, each scaled to 0…1 over
// `matches`. Where `is_foreground` is not empty, foreground matches come first whatever their score; what is
// not matched is not foreground. Ties keep their
// order. Throws std::invalid_argument where the two differ in length.
std::vector<CycleMatch> rank_by_cycle(const std::vector<CycleMatch>& matches,
                                      const std::vector<bool>& is_foreground = {});

// Which pixels discovery looks at where both images have a part of enough pixels (otherwise: those of the
// objects).
enum class DiscoveryScope {
  kPartThenRest,  // as the paper measures: the parts, before all that is left of the objects; both need
                  // enough pixels
  kPart,          // the parts alone
};
inline constexpr std::size_t kLeastDiscoveryPixels = 16;  // enough

// Discovery: the best matches between two images by cosine similarity, in both directions (0: image 1 → 2,
// 1: image 2 → 1; `first` is in the direction's source), ranked: one for each of the source's pixels that are
// looked at. Ties of similarity: the first in row-major order. By another inference other matches, that are
// ranked likewise. Throws std::invalid_argument where nothing is there to match.
std::array<std::vector<CycleMatch>, 2> discover(const MatchingSide& image_1, const MatchingSide& image_2,
                                                DiscoveryScope scope,
                                                std::size_t least_pixels = kLeastDiscoveryPixels,
                                                const InferenceOptions& inference = {});

// Which of the best pairs are drawn, as in the paper's figure 6.
struct DiscoveryOptions {
  int most = 10;             // matches
  double separation_px = 5;  // least distance between two matches, in either crop
  static const OptionList<DiscoveryOptions>& options();
};
// Indices of those of a ranking, the best first, none of which is nearer than that to a better one.
std::vector<std::size_t> best_apart(const std::vector<PixelPair>& ranked,
                                    const DiscoveryOptions& options = {});

// Label transfer: the best match of a given pixel.
struct Transferred {
  Pixel pixel;
  float similarity = 0;
};
// Of every pixel in `queries` of the source, within the target's part if that has at least so many pixels
// (and any), else on its object. By a rule that both images have a say in, the source's pixels are those of
// its part, likewise, and the queries.
std::vector<Transferred> transfer_labels(const MatchingSide& source, const MatchingSide& target,
                                         const std::vector<Pixel>& queries, std::size_t least_part_pixels = 1,
                                         const InferenceOptions& inference = {});

}  // namespace funcorr
