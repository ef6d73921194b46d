#include "eval/matching/functional_match.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace funcorr {
namespace {

double distance(const Pixel& a, const Pixel& b) {
  return std::sqrt(static_cast<double>(squared_distance(a, b)));
}

}  // namespace

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

FunctionalMatch MatchedImages::match(const PixelPair& crop, float similarity, double cycle_px) const {
  return {side_1_.image.image_from_crop(crop.first), side_2_.image.image_from_crop(crop.second), crop,
          similarity, cycle_px};
}

std::vector<FunctionalMatch> MatchedImages::discover(const DiscoveryOptions& options) const {
  DiscoveryOptions::options().check(options);
  const auto ranked = funcorr::discover(side_1_.matching(), side_2_.matching(), DiscoveryScope::kPart);
  std::vector<FunctionalMatch> best;
  for (const CycleMatch& found : ranked[0]) {
    if (best.size() >= static_cast<std::size_t>(options.most)) break;
    const bool is_apart = std::all_of(best.begin(), best.end(), [&](const FunctionalMatch& other) {
      return distance(found.pair.first, other.crop.first) >= options.separation_px &&
             distance(found.pair.second, other.crop.second) >= options.separation_px;
    });
    if (is_apart) best.push_back(match(found.pair, found.similarity, cycle_distance(found)));
  }
  return best;
}

std::vector<FunctionalMatch> MatchedImages::transfer(const std::vector<Pixel>& crop_pixels_1) const {
  const auto found = transfer_labels(side_1_.matching(), side_2_.matching(), crop_pixels_1);
  std::vector<FunctionalMatch> matches;
  for (std::size_t i = 0; i < found.size(); ++i)
    matches.push_back(match({crop_pixels_1[i], found[i].pixel}, found[i].similarity, 0));
  return matches;
}

std::vector<float> MatchedImages::heatmap(const Pixel& crop_pixel_1) const {
  const std::vector<float> source = side_1_.embedded.features.rows({crop_pixel_1});
  std::vector<float> heat(kCropPixels, -1.0F);
  for (const Pixel& pixel : pixels_of(side_2_.object)) {
    const std::vector<float> target = side_2_.embedded.features.rows({pixel});
    heat[crop_index(pixel)] = std::inner_product(source.begin(), source.end(), target.begin(), 0.0F);
  }
  return heat;
}

MatchedImages FunctionalMatcher::match(const MatchImage& image_1, const MatchImage& image_2,
                                       const std::string& function) const {
  const std::string meant = function_meant(function);
  const auto side_of = [&](const MatchImage& image) {
    const CropMask object = image.object();
    std::vector<std::int32_t> indices;
    for (const Pixel& pixel : pixels_of(object))
      indices.push_back(static_cast<std::int32_t>(crop_index(pixel)));
    return MatchedImages::Side{
        image, object, embedded_crop(predictor_.embed(image.crop().rgb.pixels, meant, indices), indices)};
  };
  MatchedImages::Side side_1 = side_of(image_1), side_2 = side_of(image_2);
  return {std::move(side_1), std::move(side_2)};
}

}  // namespace funcorr
