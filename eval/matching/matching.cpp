#include "eval/matching/matching.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace funcorr {
namespace {

void check_side(const MatchingSide& side, const char* which) {
  const auto fail = [&](const std::string& what) {
    throw std::invalid_argument(std::string("matching, image ") + which + ": " + what);
  };
  if (side.object->size() != kCropPixels || (side.part && side.part->size() != kCropPixels))
    fail("masks must have " + std::to_string(kCropPixels) + " pixels");
  if (side.part_probability && side.part_probability->size() != kCropPixels)
    fail("probabilities must have " + std::to_string(kCropPixels) + " pixels");
  const CropFeatures& features = *side.features;
  const bool has_all = features.row_of.empty();
  if (features.channels <= 0 || (!has_all && features.row_of.size() != kCropPixels) ||
      (has_all && features.values.size() != kCropPixels * static_cast<std::size_t>(features.channels)))
    fail("features must be [" + std::to_string(kCropPixels) + ", channels]");
  if (count_pixels(*side.object) == 0) fail("the object mask is empty");
}

std::vector<Pixel> transferred(const MatchingSide& source, const MatchingSide& target,
                               const std::vector<Pixel>& queries, const MatchingOptions& options) {
  std::vector<Pixel> pixels;
  for (const Transferred& found :
       transfer_labels(source, target, queries, options.least_transfer_pixels, options.inference))
    pixels.push_back(found.pixel);
  return pixels;
}

std::vector<PixelPair> pairs_of(const std::vector<CycleMatch>& matches) {
  std::vector<PixelPair> pairs;
  pairs.reserve(matches.size());
  for (const CycleMatch& match : matches) pairs.push_back(match.pair);
  return pairs;
}

std::vector<Pixel> firsts(const std::vector<PixelPair>& pairs) {
  std::vector<Pixel> pixels;
  for (const PixelPair& pair : pairs) pixels.push_back(pair.first);
  return pixels;
}
std::vector<Pixel> seconds(const std::vector<PixelPair>& pairs) {
  std::vector<Pixel> pixels;
  for (const PixelPair& pair : pairs) pixels.push_back(pair.second);
  return pixels;
}

Pixel pick(const std::vector<Pixel>& pixels, Random& random) {
  return pixels[static_cast<std::size_t>(random.below(pixels.size()))];
}

DirectedMatches chance(const std::vector<Pixel>& source, const std::vector<Pixel>& target,
                       std::size_t queries, Random& random) {
  DirectedMatches matches;
  for (std::size_t i = 0; i < queries; ++i) matches.transfer.push_back(pick(target, random));
  for (const Pixel& pixel : source) matches.ranked.push_back({pixel, pick(target, random)});
  for (std::size_t i = matches.ranked.size(); i > 1; --i)
    std::swap(matches.ranked[i - 1], matches.ranked[static_cast<std::size_t>(random.below(i))]);
  return matches;
}

}  // namespace

PairMatches match_pair(const MatchingSide& image_1, const MatchingSide& image_2,
                       const std::vector<PixelPair>& truth, const MatchingOptions& options) {
  check_side(image_1, "1");
  check_side(image_2, "2");
  if (image_1.features->channels != image_2.features->channels)
    throw std::invalid_argument("matching: the images have features of different width");
  PairMatches matches;
  matches[0].transfer = transferred(image_1, image_2, firsts(truth), options);
  matches[1].transfer = transferred(image_2, image_1, seconds(truth), options);
  const auto ranked = discover(image_1, image_2, DiscoveryScope::kPartThenRest,
                               options.least_discovery_pixels, options.inference);
  matches[0].ranked = pairs_of(ranked[0]);
  matches[1].ranked = pairs_of(ranked[1]);
  return matches;
}

PairMatches match_by_chance(const CropMask& object_1, const CropMask& object_2,
                            const std::vector<PixelPair>& truth, Random& random) {
  const std::vector<Pixel> pixels_1 = pixels_of(object_1), pixels_2 = pixels_of(object_2);
  if (pixels_1.empty() || pixels_2.empty()) throw std::invalid_argument("matching: an object mask is empty");
  return {chance(pixels_1, pixels_2, truth.size(), random), chance(pixels_2, pixels_1, truth.size(), random)};
}

}  // namespace funcorr
