#include "db/dataset/crop.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <stdexcept>
#include <string>

namespace funcorr {
namespace {

constexpr int kReferencePadding = 60, kReferenceSize = 490;

int padding_of(int view_size) {
  return (kReferencePadding * view_size + kReferenceSize / 2) / kReferenceSize;
}

// The window's pixels; `outside` beyond the view.
Image8 cut(const Image8& view, const CropWindow& window, std::uint8_t outside) {
  Image8 square(window.side, window.side, view.channels);
  std::fill(square.pixels.begin(), square.pixels.end(), outside);
  const int left = window.corner_x - window.padding, top = window.corner_y - window.padding;
  const int first = std::max(0, left), last = std::min(view.width, left + window.side);
  for (int y = std::max(0, top); y < std::min(view.height, top + window.side); ++y)
    if (first < last)
      std::copy_n(view.at(first, y), (last - first) * view.channels, square.at(first - left, y - top));
  return square;
}

double lanczos3(double x) {
  const auto sinc = [](double t) {
    return t == 0 ? 1.0 : std::sin(t * std::numbers::pi) / (t * std::numbers::pi);
  };
  return x > -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0.0;
}

// The pixels that one output pixel is made of, and their weights in Pillow's fixed point.
struct Taps {
  int first = 0;
  std::vector<int> weights;
};
constexpr int kWeightBits = 32 - 8 - 2;

std::vector<Taps> lanczos_taps(int in_size, int out_size) {
  const double scale = static_cast<double>(in_size) / out_size, filter_scale = std::max(scale, 1.0);
  const double support = 3.0 * filter_scale;
  std::vector<Taps> all(static_cast<std::size_t>(out_size));
  for (int out = 0; out < out_size; ++out) {
    Taps& taps = all[static_cast<std::size_t>(out)];
    const double centre = (out + 0.5) * scale;
    // Rounded as Pillow does. NOLINTBEGIN(bugprone-incorrect-roundings)
    taps.first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int last = std::min(in_size, static_cast<int>(centre + support + 0.5));
    // NOLINTEND(bugprone-incorrect-roundings)
    std::vector<double> weights;
    double sum = 0;
    for (int in = taps.first; in < last; ++in) {
      weights.push_back(lanczos3((in - centre + 0.5) / filter_scale));
      sum += weights.back();
    }
    for (const double weight : weights)
      taps.weights.push_back(static_cast<int>(std::round(weight / sum * (1 << kWeightBits))));
  }
  return all;
}

std::uint8_t from_fixed_point(int sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
}

Image8 resize_columns(const Image8& in, int out_width) {
  const std::vector<Taps> all = lanczos_taps(in.width, out_width);
  Image8 out(out_width, in.height, in.channels);
  for (int y = 0; y < in.height; ++y)
    for (int x = 0; x < out_width; ++x) {
      const Taps& taps = all[static_cast<std::size_t>(x)];
      for (int c = 0; c < in.channels; ++c) {
        int sum = 1 << (kWeightBits - 1);
        for (std::size_t i = 0; i < taps.weights.size(); ++i)
          sum += in.at(taps.first + static_cast<int>(i), y)[c] * taps.weights[i];
        out.at(x, y)[c] = from_fixed_point(sum);
      }
    }
  return out;
}

Image8 resize_rows(const Image8& in, int out_height) {
  const std::vector<Taps> all = lanczos_taps(in.height, out_height);
  Image8 out(in.width, out_height, in.channels);
  const int row = in.width * in.channels;
  for (int y = 0; y < out_height; ++y) {
    const Taps& taps = all[static_cast<std::size_t>(y)];
    for (int i = 0; i < row; ++i) {
      int sum = 1 << (kWeightBits - 1);
      for (std::size_t k = 0; k < taps.weights.size(); ++k)
        sum += in.at(0, taps.first + static_cast<int>(k))[i] * taps.weights[k];
      out.at(0, y)[i] = from_fixed_point(sum);
    }
  }
  return out;
}

void require_channels(const Image8& image, int channels, const char* what) {
  if (image.channels != channels)
    throw std::invalid_argument(std::string(what) + " has " + std::to_string(image.channels) +
                                " channels, must have " + std::to_string(channels));
}

}  // namespace

CropMask crop_mask_of(const Image8& cropped) {
  require_channels(cropped, 1, "cropped mask");
  CropMask mask(cropped.pixels.size());
  std::transform(cropped.pixels.begin(), cropped.pixels.end(), mask.begin(), [](std::uint8_t value) {
    return static_cast<std::uint8_t>(value > kMaskThreshold ? 1 : 0);
  });
  return mask;
}

CropWindow crop_window(const Image8& object_mask) {
  require_channels(object_mask, 1, "object mask");
  int left = object_mask.width, right = -1, top = object_mask.height, bottom = -1;
  for (int y = 0; y < object_mask.height; ++y)
    for (int x = 0; x < object_mask.width; ++x) {
      if (*object_mask.at(x, y) <= kMaskThreshold) continue;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = std::max(bottom, y);
    }
  const int longer = std::max(right - left, bottom - top);  // the release's side: last minus first pixel
  const int half = longer * 12 / 10 / 2;
  if (right < 0 || half < 1)
    throw std::invalid_argument("the object mask is empty or its box is less than 2 px long");
  CropWindow window;
  window.padding = padding_of(std::max(object_mask.width, object_mask.height));
  window.side = 2 * half;
  window.corner_x = (left + right) / 2 + window.padding - half;
  window.corner_y = (top + bottom) / 2 + window.padding - half;
  return window;
}

Image8 crop_rgb(const Image8& rgb, const CropWindow& window) {
  require_channels(rgb, 3, "colour image");
  return resize_rows(resize_columns(cut(rgb, window, 255), kCropSize), kCropSize);
}

Image8 crop_mask(const Image8& mask, const CropWindow& window) {
  require_channels(mask, 1, "mask");
  const Image8 square = cut(mask, window, 0);
  // Pillow adds up the source coordinate instead of multiplying; the sum's rounding decides ties.
  std::array<int, kCropSize> source{};
  const double step = static_cast<double>(window.side) / kCropSize;
  double position = step * 0.5;
  for (int& index : source) {
    index = std::min(static_cast<int>(position), window.side - 1);
    position += step;
  }
  Image8 crop(kCropSize, kCropSize, 1);
  for (int y = 0; y < kCropSize; ++y)
    for (int x = 0; x < kCropSize; ++x)
      *crop.at(x, y) = *square.at(source[static_cast<std::size_t>(x)], source[static_cast<std::size_t>(y)]);
  return crop;
}

ObjectCrop crop_object(const Image8& rgba) {
  require_channels(rgba, 4, "rendered view");
  Image8 rgb(rgba.width, rgba.height, 3), mask(rgba.width, rgba.height, 1);
  for (int y = 0; y < rgba.height; ++y)
    for (int x = 0; x < rgba.width; ++x) {
      const std::uint8_t* pixel = rgba.at(x, y);
      const bool inside = pixel[3] > kMaskThreshold;
      *mask.at(x, y) = inside ? 255 : 0;
      for (int c = 0; c < 3; ++c) rgb.at(x, y)[c] = inside ? pixel[c] : 255;
    }
  ObjectCrop crop;
  crop.window = crop_window(mask);
  crop.rgb = crop_rgb(rgb, crop.window);
  crop.object = crop_mask(mask, crop.window);
  return crop;
}

VisiblePoints crop_points(const VisiblePoints& in_view, const CropWindow& window,
                          const Image8& cropped_object) {
  if (in_view.ids.size() != in_view.pixels.size())
    throw std::invalid_argument(std::to_string(in_view.ids.size()) + " visible points, but pixels of " +
                                std::to_string(in_view.pixels.size()));
  const auto to_crop = [&](int view_pixel, int corner) {
    const double position = (view_pixel + window.padding - corner) * static_cast<double>(kCropSize);
    return std::clamp(static_cast<int>(std::nearbyint(position / window.side)), 0, kCropSize - 1);
  };
  VisiblePoints in_crop;
  for (std::size_t i = 0; i < in_view.ids.size(); ++i) {
    const Pixel pixel{to_crop(in_view.pixels[i].x, window.corner_x),
                      to_crop(in_view.pixels[i].y, window.corner_y)};
    if (*cropped_object.at(pixel.x, pixel.y) <= kMaskThreshold) continue;
    in_crop.ids.push_back(in_view.ids[i]);
    in_crop.pixels.push_back(pixel);
  }
  return in_crop;
}

}  // namespace funcorr
