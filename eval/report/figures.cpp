#include "eval/report/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "db/dataset/crop.h"

namespace funcorr {
namespace {

using Color = std::array<double, 3>;

std::uint8_t to_byte(double value) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
}

void put(Image8& image, int x, int y, const Color& color, double opacity) {
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) return;
  std::uint8_t* pixel = image.at(x, y);
  for (std::size_t c = 0; c < 3; ++c) pixel[c] = to_byte((1 - opacity) * pixel[c] + opacity * color[c]);
}

Image8 white(int width, int height) {
  Image8 image(width, height, 3);
  std::fill(image.pixels.begin(), image.pixels.end(), std::uint8_t{255});
  return image;
}

void paste(Image8& canvas, const Image8& image, int x0, int y0) {
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) std::copy_n(image.at(x, y), 3, canvas.at(x0 + x, y0 + y));
}

// Faint grey, so that colours on top can be told apart.
Image8 greyed(const Image8& rgb, double strength) {
  Image8 grey(rgb.width, rgb.height, 3);
  for (int y = 0; y < rgb.height; ++y)
    for (int x = 0; x < rgb.width; ++x) {
      const std::uint8_t* in = rgb.at(x, y);
      const double luma = 0.2126 * in[0] + 0.7152 * in[1] + 0.0722 * in[2];
      std::fill_n(grey.at(x, y), 3, to_byte(255 - strength * (255 - luma)));
    }
  return grey;
}

// A square of colours whose corners differ most: red, yellow, blue, green.
Color position_color(double u, double v) {
  static constexpr std::array<Color, 4> kCorners{
      {{228, 26, 60}, {255, 200, 20}, {40, 70, 220}, {20, 170, 90}}};
  Color color{};
  for (std::size_t c = 0; c < 3; ++c)
    color[c] = (1 - v) * ((1 - u) * kCorners[0][c] + u * kCorners[1][c]) +
               v * ((1 - u) * kCorners[2][c] + u * kCorners[3][c]);
  return color;
}

// Violet, red, orange, yellow.
Color heat_color(double value) {
  static constexpr std::array<Color, 4> kStops{
      {{80, 20, 130}, {200, 40, 70}, {250, 140, 20}, {255, 230, 60}}};
  const double at = std::clamp(value, 0.0, 1.0) * (kStops.size() - 1);
  const std::size_t low = std::min(static_cast<std::size_t>(at), kStops.size() - 2);
  Color color{};
  for (std::size_t c = 0; c < 3; ++c)
    color[c] = kStops[low][c] + (at - static_cast<double>(low)) * (kStops[low + 1][c] - kStops[low][c]);
  return color;
}

class PositionColors {
 public:
  explicit PositionColors(const std::vector<PixelPair>& pairs) {
    for (const PixelPair& pair : pairs) {
      low_ = {std::min(low_.x, pair.first.x), std::min(low_.y, pair.first.y)};
      high_ = {std::max(high_.x, pair.first.x), std::max(high_.y, pair.first.y)};
    }
  }
  Color operator()(const Pixel& pixel) const {
    return position_color(share(pixel.x, low_.x, high_.x), share(pixel.y, low_.y, high_.y));
  }

 private:
  static double share(int at, int low, int high) {
    return high > low ? static_cast<double>(at - low) / static_cast<double>(high - low) : 0.5;
  }
  Pixel low_{kCropSize, kCropSize}, high_{0, 0};
};

constexpr int kGap = 8;  // px between two crops

void fill_square(Image8& image, int x0, int y0, int side, const Color& color, double opacity) {
  for (int y = y0; y < y0 + side; ++y)
    for (int x = x0; x < x0 + side; ++x) put(image, x, y, color, opacity);
}

void draw_line(Image8& image, double x0, double y0, double x1, double y1, const Color& color) {
  const double steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1.0});
  for (double s = 0; s <= steps; s += 0.5) {
    const double t = s / steps;
    put(image, static_cast<int>(x0 + t * (x1 - x0)), static_cast<int>(y0 + t * (y1 - y0)), color, 0.55);
  }
}

}  // namespace

Image8 side_by_side(const Image8& left, const Image8& right) {
  Image8 canvas = white(left.width + kGap + right.width, std::max(left.height, right.height));
  paste(canvas, left, 0, 0);
  paste(canvas, right, left.width + kGap, 0);
  return canvas;
}

Image8 image_of(const std::vector<std::uint8_t>& rgb, int width, int height) {
  Image8 image(width, height, 3);
  if (rgb.size() != image.pixels.size()) throw std::invalid_argument("picture: the image has another size");
  image.pixels = rgb;
  return image;
}

Image8 resized(const Image8& image, int width, int height) {
  Image8 result(width, height, image.channels);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      // Box filter: all source pixels that the target pixel covers, at least one.
      const int x0 = x * image.width / width, y0 = y * image.height / height;
      const int x1 = std::max(x0 + 1, (x + 1) * image.width / width);
      const int y1 = std::max(y0 + 1, (y + 1) * image.height / height);
      for (int c = 0; c < image.channels; ++c) {
        int sum = 0;
        for (int sy = y0; sy < y1; ++sy)
          for (int sx = x0; sx < x1; ++sx) sum += image.at(sx, sy)[c];
        const int count = (x1 - x0) * (y1 - y0);
        result.at(x, y)[c] = static_cast<std::uint8_t>((sum + count / 2) / count);
      }
    }
  return result;
}

Image8 contact_sheet(const std::vector<Image8>& images, int columns, int cell_px) {
  if (columns < 1 || cell_px < 1)
    throw std::invalid_argument("contact sheet: columns and cell must be positive");
  const int count = static_cast<int>(images.size());
  const int used_columns = std::max(1, std::min(columns, count));
  Image8 sheet = white(used_columns * cell_px, std::max(1, (count + columns - 1) / columns) * cell_px);
  for (int i = 0; i < count; ++i) {
    const Image8& image = images[static_cast<std::size_t>(i)];
    const double scale = static_cast<double>(cell_px) / std::max({image.width, image.height, 1});
    const int width = std::max(1, static_cast<int>(image.width * scale));
    const int height = std::max(1, static_cast<int>(image.height * scale));
    paste(sheet, resized(image, width, height), i % columns * cell_px + (cell_px - width) / 2,
          i / columns * cell_px + (cell_px - height) / 2);
  }
  return sheet;
}

Image8 overlay_mask(const Image8& rgb, const Image8& mask) {
  if (mask.width != rgb.width || mask.height != rgb.height || mask.channels != 1)
    throw std::invalid_argument("overlay: the mask must have one channel and the image's size");
  constexpr Color kVeil{230, 60, 30}, kOutline{120, 0, 0};
  const auto inside = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < mask.width && y<mask.height&& * mask.at(x, y)> kMaskThreshold;
  };
  Image8 picture = greyed(rgb, 0.8);
  for (int y = 0; y < rgb.height; ++y)
    for (int x = 0; x < rgb.width; ++x) {
      put(picture, x, y, kVeil, 0.65 * *mask.at(x, y) / 255.0);
      if (inside(x, y) && !(inside(x - 1, y) && inside(x + 1, y) && inside(x, y - 1) && inside(x, y + 1)))
        put(picture, x, y, kOutline, 0.9);
    }
  return picture;
}

Image8 overlay_heat(const Image8& rgb, const Image8& heat) {
  if (heat.width != rgb.width || heat.height != rgb.height || heat.channels != 1)
    throw std::invalid_argument("overlay: the heat must have one channel and the image's size");
  Image8 picture = greyed(rgb, 0.8);
  for (int y = 0; y < rgb.height; ++y)
    for (int x = 0; x < rgb.width; ++x) {
      const double value = *heat.at(x, y) / 255.0;
      put(picture, x, y, heat_color(value), std::min(0.9, 1.5 * value));
    }
  return picture;
}

Image8 draw_correspondence(const Image8& rgb_1, const Image8& rgb_2, const std::vector<PixelPair>& pairs,
                           int scale) {
  const auto enlarged = [&](const Image8& image) {
    return resized(greyed(image, 0.45), image.width * scale, image.height * scale);
  };
  Image8 picture = side_by_side(enlarged(rgb_1), enlarged(rgb_2));
  const PositionColors colors(pairs);
  // First a veil around each pixel, or sparse ones would not be seen; then the pixels themselves.
  for (const auto& [margin, opacity] : {std::pair{scale, 0.5}, std::pair{0, 1.0}})
    for (const PixelPair& pair : pairs) {
      const Color color = colors(pair.first);
      const int side = scale + 2 * margin, x_2 = (rgb_1.width + pair.second.x) * scale + kGap;
      fill_square(picture, pair.first.x * scale - margin, pair.first.y * scale - margin, side, color,
                  opacity);
      fill_square(picture, x_2 - margin, pair.second.y * scale - margin, side, color, opacity);
    }
  return picture;
}

Image8 draw_match_lines(const Image8& rgb_1, const Image8& rgb_2, const std::vector<PixelPair>& pairs,
                        int lines, int scale) {
  const auto enlarged = [&](const Image8& image) {
    return resized(image, image.width * scale, image.height * scale);
  };
  Image8 picture = side_by_side(enlarged(rgb_1), enlarged(rgb_2));
  const PositionColors colors(pairs);
  const double step = std::max(1.0, static_cast<double>(pairs.size()) / std::max(1, lines));
  for (double at = 0; at < static_cast<double>(pairs.size()); at += step) {
    const PixelPair& pair = pairs[static_cast<std::size_t>(at)];
    const Color color = colors(pair.first);
    const double x0 = (pair.first.x + 0.5) * scale, y0 = (pair.first.y + 0.5) * scale;
    const double x1 = (rgb_1.width + pair.second.x + 0.5) * scale + kGap, y1 = (pair.second.y + 0.5) * scale;
    draw_line(picture, x0, y0, x1, y1, color);
    for (const auto& [x, y] : {std::pair{x0, y0}, std::pair{x1, y1}})
      fill_square(picture, static_cast<int>(x) - 2, static_cast<int>(y) - 2, 5, color, 1);
  }
  return picture;
}

}  // namespace funcorr
