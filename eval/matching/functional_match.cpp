#include "eval/matching/functional_match.h"

#include <numeric>

namespace funcorr {
namespace {

InferenceOptions checked(const InferenceOptions& inference) {
  InferenceOptions::options().check(inference);
  return inference;
}

}  // namespace

FunctionalMatch MatchedImages::match(const PixelPair& crop, float similarity, double cycle_px) const {
  return {side_1_.image.image_from_crop(crop.first), side_2_.image.image_from_crop(crop.second), crop,
          similarity, cycle_px};
}

std::vector<FunctionalMatch> MatchedImages::discover(const DiscoveryOptions& options) const {
  DiscoveryOptions::options().check(options);
  const auto ranked = funcorr::discover(side_1_.matching(), side_2_.matching(), DiscoveryScope::kPart,
                                        kLeastDiscoveryPixels, inference_);
  std::vector<PixelPair> pairs;
  for (const CycleMatch& found : ranked[0]) pairs.push_back(found.pair);
  std::vector<FunctionalMatch> best;
  for (const std::size_t i : best_apart(pairs, options))
    best.push_back(match(pairs[i], ranked[0][i].similarity, cycle_distance(ranked[0][i])));
  return best;
}

std::vector<FunctionalMatch> MatchedImages::transfer(const std::vector<Pixel>& crop_pixels_1) const {
  const auto found = transfer_labels(side_1_.matching(), side_2_.matching(), crop_pixels_1, 1, inference_);
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

FunctionalMatcher::FunctionalMatcher(const std::filesystem::path& checkpoint, const PretrainedFiles& files,
                                     const DeviceChoice& device, const InferenceOptions& inference)
    : inference_(checked(inference)), predictor_(checkpoint, files, {device, inference.shifts}) {}

template <typename Embed>
MatchedImages::Side FunctionalMatcher::side_of(const MatchImage& image, const Embed& embed) {
  const CropMask object = image.object();
  std::vector<std::int32_t> indices;
  for (const Pixel& pixel : pixels_of(object))
    indices.push_back(static_cast<std::int32_t>(crop_index(pixel)));
  return {image, object, embedded_crop(embed(image.crop().rgb.pixels, indices), indices)};
}

MatchedImages FunctionalMatcher::match(const MatchImage& image_1, const MatchImage& image_2,
                                       const std::string& function) const {
  const std::string meant = function_meant(function);
  const auto embed = [&](const std::vector<std::uint8_t>& rgb, const std::vector<std::int32_t>& pixels) {
    return predictor_.embed(rgb, meant, pixels);
  };
  return {side_of(image_1, embed), side_of(image_2, embed), inference_};
}

MatchedImages FunctionalMatcher::match_plain(const MatchImage& image_1, const MatchImage& image_2) const {
  const auto embed = [&](const std::vector<std::uint8_t>& rgb, const std::vector<std::int32_t>& pixels) {
    return predictor_.embed_plain(rgb, pixels);
  };
  return {side_of(image_1, embed), side_of(image_2, embed), inference_};
}

}  // namespace funcorr
