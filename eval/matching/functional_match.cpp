#include "eval/matching/functional_match.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <stdexcept>

#include "eval/metric/metrics.h"
#include "train/model/predictor.h"

namespace funcorr {
namespace {

constexpr std::uint8_t kInside = 127;
constexpr std::size_t kLeastPart = 16;  // px, as in the measured discovery
constexpr std::size_t kCropPixels = static_cast<std::size_t>(kCropSize) * kCropSize;

std::size_t index_of(const Pixel& pixel) {
  return static_cast<std::size_t>(pixel.y) * kCropSize + static_cast<std::size_t>(pixel.x);
}

// Coverage of a pixel by the object, 0 … 255.
std::uint8_t alpha_at(const Image8& image, const std::optional<Image8>& mask, int x, int y) {
  if (mask) return *mask->at(x, y);
  return image.channels == 4 ? image.at(x, y)[3] : std::uint8_t{255};
}

// The image as RGBA in the middle of a transparent square: crops are made of square views.
Image8 squared(const Image8& image, const std::optional<Image8>& mask, int left, int top) {
  const int side = std::max(image.width, image.height);
  Image8 square(side, side, 4);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const std::uint8_t* in = image.at(x, y);
      std::uint8_t* out = square.at(left + x, top + y);
      for (int c = 0; c < 3; ++c) out[c] = in[image.channels == 1 ? 0 : c];
      out[3] = alpha_at(image, mask, x, y);
    }
  return square;
}

void check_mask(const Image8& mask, int width, int height) {
  if (mask.width != width || mask.height != height || mask.channels != 1)
    throw std::invalid_argument("the mask has " + std::to_string(mask.width) + "×" +
                                std::to_string(mask.height) + " px and " + std::to_string(mask.channels) +
                                " channels, must have " + std::to_string(width) + "×" +
                                std::to_string(height) + " px and one channel");
}

double distance(const Pixel& a, const Pixel& b) {
  return std::sqrt(static_cast<double>(squared_distance(a, b)));
}

}  // namespace

MatchImage::MatchImage(const Image8& image, const std::optional<Image8>& mask)
    : width_(image.width), height_(image.height), is_whole_image_(!mask && image.channels != 4) {
  if (image.channels != 1 && image.channels != 3 && image.channels != 4)
    throw std::invalid_argument("the image has " + std::to_string(image.channels) +
                                " channels, must have 1, 3 or 4");
  if (mask) check_mask(*mask, width_, height_);
  const int side = std::max(width_, height_);
  left_ = (side - width_) / 2;
  top_ = (side - height_) / 2;
  crop_ = crop_object(squared(image, mask, left_, top_));
}

CropMask MatchImage::object() const {
  CropMask mask(kCropPixels);
  std::transform(crop_.object.pixels.begin(), crop_.object.pixels.end(), mask.begin(),
                 [](std::uint8_t value) { return value > kInside ? std::uint8_t{1} : std::uint8_t{0}; });
  return mask;
}

ImagePoint MatchImage::image_from_crop(const Pixel& pixel) const {
  const double scale = static_cast<double>(crop_.window.side) / kCropSize;
  const auto back = [&](int at, int corner, int offset) {
    return (at + 0.5) * scale - 0.5 + corner - crop_.window.padding - offset;
  };
  return {back(pixel.x, crop_.window.corner_x, left_), back(pixel.y, crop_.window.corner_y, top_)};
}

Pixel MatchImage::crop_from_image(const ImagePoint& point) const {
  const double scale = static_cast<double>(kCropSize) / crop_.window.side;
  const auto forward = [&](double at, int corner, int offset) {
    const double position = (at + 0.5 + offset + crop_.window.padding - corner) * scale;
    return static_cast<std::int32_t>(std::clamp(std::floor(position), 0.0, kCropSize - 1.0));
  };
  return {forward(point.x, crop_.window.corner_x, left_), forward(point.y, crop_.window.corner_y, top_)};
}

CropMask MatchImage::crop_painted(const Image8& mask) const {
  check_mask(mask, width_, height_);
  Image8 square(std::max(width_, height_), std::max(width_, height_), 1);
  for (int y = 0; y < height_; ++y) std::copy_n(mask.at(0, y), width_, square.at(left_, top_ + y));
  const Image8 cropped = crop_mask(square, crop_.window);
  CropMask painted = object();
  for (std::size_t i = 0; i < painted.size(); ++i)
    if (cropped.pixels[i] <= kInside) painted[i] = 0;
  return painted;
}

std::vector<Pixel> MatchedImages::Side::part_pixels() const {
  return part ? pixels_of(*part) : std::vector<Pixel>{};
}

std::vector<float> MatchedImages::rows(const Side& side, const std::vector<Pixel>& wanted) const {
  std::vector<float> result;
  result.reserve(wanted.size() * static_cast<std::size_t>(channels_));
  for (const Pixel& pixel : wanted) {
    const std::int32_t row = side.row_of[index_of(pixel)];
    if (row < 0)
      throw std::invalid_argument("pixel (" + std::to_string(pixel.x) + ", " + std::to_string(pixel.y) +
                                  ") of the crop is not on the object");
    const auto begin = side.values.begin() + static_cast<std::ptrdiff_t>(row) * channels_;
    result.insert(result.end(), begin, begin + channels_);
  }
  return result;
}

FunctionalMatch MatchedImages::match(const PixelPair& crop, float similarity, double cycle_px) const {
  return {side_1_.image.image_from_crop(crop.first), side_2_.image.image_from_crop(crop.second), crop,
          similarity, cycle_px};
}

std::vector<FunctionalMatch> MatchedImages::discover(const DiscoveryOptions& options) const {
  std::vector<Pixel> pixels_1 = side_1_.part_pixels(), pixels_2 = side_2_.part_pixels();
  if (pixels_1.size() < kLeastPart || pixels_2.size() < kLeastPart) {
    pixels_1 = side_1_.pixels;
    pixels_2 = side_2_.pixels;
  }
  const MutualMatches found = match_mutually(rows(side_1_, pixels_1), rows(side_2_, pixels_2), channels_);
  std::vector<CycleMatch> cycles;
  std::vector<std::size_t> cycle_of(kCropPixels);  // by first pixel
  for (std::size_t i = 0; i < pixels_1.size(); ++i) {
    const auto j = static_cast<std::size_t>(found.b_of_a[i]);
    cycle_of[index_of(pixels_1[i])] = i;
    cycles.push_back({{pixels_1[i], pixels_2[j]},
                      pixels_1[static_cast<std::size_t>(found.a_of_b[j])],
                      found.similarity_of_a[i]});
  }
  std::vector<FunctionalMatch> best;
  for (const PixelPair& pair : rank_by_cycle(cycles)) {
    if (best.size() >= static_cast<std::size_t>(std::max(0, options.most))) break;
    const bool is_apart = std::all_of(best.begin(), best.end(), [&](const FunctionalMatch& other) {
      return distance(pair.first, other.crop.first) >= options.separation_px &&
             distance(pair.second, other.crop.second) >= options.separation_px;
    });
    if (!is_apart) continue;
    const CycleMatch& cycle = cycles[cycle_of[index_of(pair.first)]];
    best.push_back(match(pair, cycle.similarity, distance(pair.first, cycle.back)));
  }
  return best;
}

std::vector<FunctionalMatch> MatchedImages::transfer(const std::vector<Pixel>& crop_pixels_1) const {
  if (crop_pixels_1.empty()) return {};
  std::vector<Pixel> targets = side_2_.part_pixels();
  if (targets.empty()) targets = side_2_.pixels;
  const MutualMatches found =
      match_mutually(rows(side_1_, crop_pixels_1), rows(side_2_, targets), channels_, false);
  std::vector<FunctionalMatch> matches;
  for (std::size_t i = 0; i < crop_pixels_1.size(); ++i)
    matches.push_back(match({crop_pixels_1[i], targets[static_cast<std::size_t>(found.b_of_a[i])]},
                            found.similarity_of_a[i], 0));
  return matches;
}

std::vector<float> MatchedImages::heatmap(const Pixel& crop_pixel_1) const {
  const std::vector<float> source = rows(side_1_, {crop_pixel_1});
  std::vector<float> heat(kCropPixels, -1.0F);
  for (std::size_t i = 0; i < side_2_.pixels.size(); ++i) {
    const auto row = side_2_.values.begin() + static_cast<std::ptrdiff_t>(i) * channels_;
    heat[index_of(side_2_.pixels[i])] = std::inner_product(source.begin(), source.end(), row, 0.0F);
  }
  return heat;
}

struct FunctionalMatcher::Impl {
  Predictor predictor;
};

FunctionalMatcher::FunctionalMatcher(const std::filesystem::path& checkpoint)
    : impl_(std::make_unique<Impl>(Impl{Predictor(checkpoint)})) {}
FunctionalMatcher::~FunctionalMatcher() = default;
FunctionalMatcher::FunctionalMatcher(FunctionalMatcher&&) noexcept = default;
FunctionalMatcher& FunctionalMatcher::operator=(FunctionalMatcher&&) noexcept = default;

const std::vector<std::string>& FunctionalMatcher::functions() const { return impl_->predictor.functions(); }

MatchedImages FunctionalMatcher::match(const MatchImage& image_1, const MatchImage& image_2,
                                       const std::string& function) const {
  int channels = 0;
  const auto side_of = [&](const MatchImage& image) {
    MatchedImages::Side side{
        image, pixels_of(image.object()), std::vector<std::int32_t>(kCropPixels, -1), {}, {}};
    std::vector<std::int32_t> indices;
    for (const Pixel& pixel : side.pixels) {
      side.row_of[index_of(pixel)] = static_cast<std::int32_t>(indices.size());
      indices.push_back(static_cast<std::int32_t>(index_of(pixel)));
    }
    PixelEmbeddings embeddings = impl_->predictor.embed(image.crop().rgb.pixels, function, indices);
    channels = embeddings.channels;
    side.values = std::move(embeddings.values);
    if (embeddings.mask_probability.empty()) return side;
    side.part = CropMask(kCropPixels);
    for (std::size_t i = 0; i < indices.size(); ++i)
      if (embeddings.mask_probability[i] > 0.5F) (*side.part)[static_cast<std::size_t>(indices[i])] = 1;
    return side;
  };
  MatchedImages::Side side_1 = side_of(image_1), side_2 = side_of(image_2);
  return {std::move(side_1), std::move(side_2), channels};
}

}  // namespace funcorr
