#include "eval/matching/match_image.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace funcorr {
namespace {

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

// Does the image itself tell where its object is?
bool alpha_tells(const Image8& image) {
  if (image.channels != 4) return false;
  for (std::size_t i = 3; i < image.pixels.size(); i += 4)
    if (image.pixels[i] <= kMaskThreshold) return true;
  return false;
}

void check_mask(const Image8& mask, int width, int height) {
  if (mask.width != width || mask.height != height || mask.channels != 1)
    throw std::invalid_argument(
        "the mask has " + std::to_string(mask.width) + "×" + std::to_string(mask.height) + " px and " +
        std::to_string(mask.channels) + " channels, must have " + std::to_string(width) + "×" +
        std::to_string(height) +
        " px as the image is shown (turned by its EXIF orientation), and one channel");
}

}  // namespace

MatchImage::MatchImage(const Image8& image, const std::optional<Image8>& mask)
    : width_(image.width), height_(image.height), is_whole_image_(!mask && !alpha_tells(image)) {
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
  std::transform(
      crop_.object.pixels.begin(), crop_.object.pixels.end(), mask.begin(),
      [](std::uint8_t value) { return value > kMaskThreshold ? std::uint8_t{1} : std::uint8_t{0}; });
  return mask;
}

bool MatchImage::is_on_object(const Pixel& pixel) const {
  return *crop_.object.at(pixel.x, pixel.y) > kMaskThreshold;
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
    if (cropped.pixels[i] <= kMaskThreshold) painted[i] = 0;
  return painted;
}

}  // namespace funcorr
