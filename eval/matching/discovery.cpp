#include "eval/matching/discovery.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>

#include "eval/matching/region_matches.h"

namespace funcorr {
namespace {

// Maps value ↦ 0…1 over a sample; everything to 0 where all are equal.
class MinMax {
 public:
  void add(double value) {
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
  double operator()(double value) const { return high_ > low_ ? (value - low_) / (high_ - low_) : 0.0; }

 private:
  double low_ = std::numeric_limits<double>::infinity(), high_ = -low_;
};

CropMask inside(const CropMask& object, const CropMask& part, bool wanted) {
  CropMask mask(object.size());
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = object[i] && (part[i] != 0) == wanted ? 1 : 0;
  return mask;
}

// Cycle matches in both directions between a region of image 1 and one of image 2.
struct RegionCycles {
  std::vector<CycleMatch> forward, backward;
};
std::vector<CycleMatch> cycles(const std::vector<Pixel>& source, const std::vector<Pixel>& target,
                               const std::vector<PixelMatch>& there, const std::vector<PixelMatch>& back) {
  std::vector<CycleMatch> matches;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const auto j = static_cast<std::size_t>(there[i].index);
    matches.push_back({{source[i], target[j]},
                       source[static_cast<std::size_t>(back[j].index)],
                       there[i].similarity,
                       there[i].bias,
                       there[i].is_matched});
  }
  return matches;
}

RegionPixels region_of(const MatchingSide& image, std::vector<Pixel> pixels) {
  RegionPixels region{std::move(pixels), {}, {}};
  region.features = image.features->rows(region.pixels);
  if (image.part_probability)
    for (const Pixel& pixel : region.pixels)
      region.probability.push_back((*image.part_probability)[crop_index(pixel)]);
  return region;
}

RegionCycles match_region(const MatchingSide& image_1, const MatchingSide& image_2, const CropMask& region_1,
                          const CropMask& region_2, const InferenceOptions& inference) {
  const RegionPixels in_1 = region_of(image_1, pixels_of(region_1)),
                     in_2 = region_of(image_2, pixels_of(region_2));
  const auto [there, back] =
      match_regions(in_1, in_2, image_1.features->channels, inference, image_1.features->device);
  return {cycles(in_1.pixels, in_2.pixels, there, back), cycles(in_2.pixels, in_1.pixels, back, there)};
}

// Foreground first; both lists are of one direction.
std::vector<CycleMatch> rank(std::vector<CycleMatch> foreground, const std::vector<CycleMatch>& background) {
  std::vector<bool> is_foreground(foreground.size(), true);
  is_foreground.resize(foreground.size() + background.size(), false);
  foreground.insert(foreground.end(), background.begin(), background.end());
  return rank_by_cycle(foreground, is_foreground);
}

double compared(const CycleMatch& match) {
  return static_cast<double>(match.similarity) + static_cast<double>(match.bias);
}

// The pixels of both objects in their parts, or beside them.
struct Regions {
  CropMask in_1, in_2;
  bool have(std::size_t least_pixels) const {
    const std::size_t least = std::max<std::size_t>(1, least_pixels);
    return count_pixels(in_1) >= least && count_pixels(in_2) >= least;
  }
};
Regions regions(const MatchingSide& image_1, const MatchingSide& image_2, bool in_part) {
  return {inside(*image_1.object, *image_1.part, in_part), inside(*image_2.object, *image_2.part, in_part)};
}

// Where matches of the image lie by the inference: nothing is said of it where the probability tells.
std::optional<CropMask> cut_of(const MatchingSide& image, const InferenceOptions& inference) {
  const bool is_prior = inference.part == PartRule::kPrior && image.part_probability;
  if (!image.part || is_prior) return std::nullopt;
  return inside(*image.object, *image.part, true);
}

// The part where it is told and has enough pixels, else the object.
CropMask region_or_object(const MatchingSide& image, std::size_t least_part_pixels,
                          const InferenceOptions& inference) {
  const std::optional<CropMask> part = cut_of(image, inference);
  const bool is_enough = part && count_pixels(*part) >= std::max<std::size_t>(1, least_part_pixels);
  return is_enough ? *part : *image.object;
}

}  // namespace

double cycle_distance(const CycleMatch& match) {
  return std::sqrt(static_cast<double>(squared_distance(match.back, match.pair.first)));
}

std::vector<CycleMatch> rank_by_cycle(const std::vector<CycleMatch>& matches,
                                      const std::vector<bool>& is_foreground) {
  if (!is_foreground.empty() && is_foreground.size() != matches.size())
    throw std::invalid_argument("ranking: " + std::to_string(is_foreground.size()) +
                                " foreground flags for " + std::to_string(matches.size()) + " matches");
  MinMax distance, similarity;
  for (const CycleMatch& match : matches) {
    distance.add(cycle_distance(match));
    similarity.add(compared(match));
  }
  std::vector<double> score(matches.size());
  for (std::size_t i = 0; i < matches.size(); ++i)
    score[i] = (1 - distance(cycle_distance(matches[i]))) * similarity(compared(matches[i]));
  std::vector<std::size_t> order(matches.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto background = [&](std::size_t i) {
    return !matches[i].is_matched || (!is_foreground.empty() && !is_foreground[i]);
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (background(a) != background(b)) return background(b);
    return score[a] > score[b];
  });
  std::vector<CycleMatch> ranked;
  ranked.reserve(order.size());
  for (const std::size_t i : order) ranked.push_back(matches[i]);
  return ranked;
}

std::array<std::vector<CycleMatch>, 2> discover(const MatchingSide& image_1, const MatchingSide& image_2,
                                                DiscoveryScope scope, std::size_t least_pixels,
                                                const InferenceOptions& inference) {
  if (cut_of(image_1, inference) && cut_of(image_2, inference)) {
    const Regions part = regions(image_1, image_2, true);
    const Regions rest =
        scope == DiscoveryScope::kPartThenRest ? regions(image_1, image_2, false) : Regions{};
    if (part.have(least_pixels) && (scope == DiscoveryScope::kPart || rest.have(least_pixels))) {
      const RegionCycles first = match_region(image_1, image_2, part.in_1, part.in_2, inference);
      if (scope == DiscoveryScope::kPart)
        return {rank_by_cycle(first.forward), rank_by_cycle(first.backward)};
      const RegionCycles then = match_region(image_1, image_2, rest.in_1, rest.in_2, inference);
      return {rank(first.forward, then.forward), rank(first.backward, then.backward)};
    }
  }
  const RegionCycles whole = match_region(image_1, image_2, *image_1.object, *image_2.object, inference);
  return {rank_by_cycle(whole.forward), rank_by_cycle(whole.backward)};
}

const OptionList<DiscoveryOptions>& DiscoveryOptions::options() {
  static const OptionList<DiscoveryOptions> list{
      option("top", &DiscoveryOptions::most).range(1, kCropPixels).help("most matches to discover"),
      option("separation", &DiscoveryOptions::separation_px)
          .range(0, kCropSize)
          .unit("crop px")
          .help("least distance between two discovered matches in each crop"),
  };
  return list;
}

std::vector<std::size_t> best_apart(const std::vector<PixelPair>& ranked, const DiscoveryOptions& options) {
  const double least = options.separation_px * options.separation_px;
  const auto is_near = [least](const Pixel& a, const Pixel& b) {
    return static_cast<double>(squared_distance(a, b)) < least;
  };
  std::vector<std::size_t> best;
  for (std::size_t i = 0; i < ranked.size() && best.size() < static_cast<std::size_t>(options.most); ++i)
    if (std::ranges::none_of(best, [&](std::size_t other) {
          return is_near(ranked[i].first, ranked[other].first) ||
                 is_near(ranked[i].second, ranked[other].second);
        }))
      best.push_back(i);
  return best;
}

std::vector<Transferred> transfer_labels(const MatchingSide& source, const MatchingSide& target,
                                         const std::vector<Pixel>& queries, std::size_t least_part_pixels,
                                         const InferenceOptions& inference) {
  std::vector<Transferred> found;
  if (queries.empty()) return found;
  const RegionPixels region =
      region_of(target, pixels_of(region_or_object(target, least_part_pixels, inference)));
  const bool is_one_sided = inference.match == MatchRule::kNearest;
  std::vector<std::size_t> row_of_query(queries.size());
  RegionPixels asking;
  if (is_one_sided) {
    asking = region_of(source, queries);
    std::iota(row_of_query.begin(), row_of_query.end(), std::size_t{0});
  } else {
    CropMask mask = region_or_object(source, least_part_pixels, inference);
    for (const Pixel& query : queries) mask[crop_index(query)] = 1;
    asking = region_of(source, pixels_of(mask));
    std::vector<std::size_t> row_of_pixel(kCropPixels);
    for (std::size_t row = 0; row < asking.pixels.size(); ++row)
      row_of_pixel[crop_index(asking.pixels[row])] = row;
    std::ranges::transform(queries, row_of_query.begin(),
                           [&](const Pixel& query) { return row_of_pixel[crop_index(query)]; });
  }
  const std::vector<PixelMatch> matches =
      match_regions(asking, region, source.features->channels, inference, source.features->device, false)[0];
  for (const std::size_t row : row_of_query)
    found.push_back({region.pixels[static_cast<std::size_t>(matches[row].index)], matches[row].similarity});
  return found;
}

}  // namespace funcorr
