#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "eval/matching/functional_match.h"

namespace funcorr {

// What funcorr-match writes of two images A and B: a picture, a JSON document and the same as CSV.
struct MatchAnswer {
  Image8 picture;
  // Of matches: {"matches": [{"a": [x, y], "b": [x, y], "crop_a", "crop_b", "similarity", "cycle_px"}, …]},
  // best first; of a heatmap: {"a": [x, y], "best_b": [x, y], "similarity"}. Pixels of the images, as
  // ImagePoint has them; "crop_…": of their crops.
  nlohmann::json document;
  std::string csv;  // of matches: rank,x_a,y_a,…; of a heatmap: a line for every pixel of B's object
};

// The best matches, joined by lines. Beside those of the model, where `plain` is given, those of the bare
// backbone: in the right half of the picture, and as "backbone_matches".
MatchAnswer discovery_answer(const MatchedImages& matched, const MatchImage& a, const MatchImage& b,
                             const DiscoveryOptions& options, const MatchedImages* plain = nullptr);
// Where the given pixels of crop A are in B, in equal colours.
MatchAnswer transfer_answer(const MatchedImages& matched, const MatchImage& a, const MatchImage& b,
                            const std::vector<Pixel>& crop_pixels_a);
// How similar B's object is to a point of A. Throws std::runtime_error where the point is not on A's object.
MatchAnswer heatmap_answer(const MatchedImages& matched, const MatchImage& a, const MatchImage& b,
                           const ImagePoint& point_a);

}  // namespace funcorr
