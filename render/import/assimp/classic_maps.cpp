#include "render/import/assimp/classic_maps.h"

#include <algorithm>
#include <cmath>

namespace funcorr {
namespace {

constexpr double kHeightOverWidth = 0.02;

int brightness(const std::uint8_t* texel, int channels) {
  return channels < 3 ? texel[0] : (texel[0] + texel[1] + texel[2] + 1) / 3;
}

std::uint8_t code_of(double component) {
  return static_cast<std::uint8_t>(std::lround(127.5 * (component + 1)));
}

}  // namespace

bool has_transparency(const Image8& image) {
  if (image.channels != 4) return false;
  for (std::size_t i = 3; i < image.pixels.size(); i += 4)
    if (image.pixels[i] != 255) return true;
  return false;
}

Image8 channel_of(const Image8& image, char channel) {
  Image8 out(image.width, image.height, 1);
  const auto channels = static_cast<std::size_t>(image.channels);
  const std::size_t color = channel == 'g' ? 1 : channel == 'b' ? 2 : 0;
  for (std::size_t i = 0; i < out.pixels.size(); ++i) {
    const std::uint8_t* texel = &image.pixels[i * channels];
    if (channel == 'l')
      out.pixels[i] = static_cast<std::uint8_t>(brightness(texel, image.channels));
    else if (channel == 'm')
      out.pixels[i] = channels == 4 ? texel[3] : std::uint8_t{255};
    else
      out.pixels[i] = texel[channels < 3 ? 0 : color];
  }
  return out;
}

Image8 with_range(const Image8& image, double base, double gain) {
  Image8 out = image;
  for (std::size_t i = 0; i < out.pixels.size(); ++i) {
    if (image.channels == 4 && i % 4 == 3) continue;
    const double value = base + gain * image.pixels[i] / 255;
    out.pixels[i] = static_cast<std::uint8_t>(std::lround(255 * std::clamp(value, 0.0, 1.0)));
  }
  return out;
}

Image8 with_opacity(const Image8* colors, const Image8& opacity) {
  const int width = std::max(colors != nullptr ? colors->width : 0, opacity.width);
  const int height = std::max(colors != nullptr ? colors->height : 0, opacity.height);
  const bool by_alpha = has_transparency(opacity);
  Image8 out(width, height, 4);
  const auto texel_of = [&](const Image8& image, int x, int y) {
    return image.at(static_cast<int>(std::int64_t{x} * image.width / width),
                    static_cast<int>(std::int64_t{y} * image.height / height));
  };
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      std::uint8_t* texel = out.at(x, y);
      std::fill_n(texel, 3, std::uint8_t{255});
      if (colors != nullptr)
        for (int c = 0; c < 3; ++c) texel[c] = texel_of(*colors, x, y)[colors->channels < 3 ? 0 : c];
      const std::uint8_t* mask = texel_of(opacity, x, y);
      texel[3] = by_alpha ? mask[3] : static_cast<std::uint8_t>(brightness(mask, opacity.channels));
    }
  return out;
}

bool is_normal_map(const Image8& image) {
  if (image.channels < 3 || image.pixels.empty()) return false;
  double mean[3] = {0, 0, 0}, length = 0;
  const auto channels = static_cast<std::size_t>(image.channels);
  const std::size_t texels = image.pixels.size() / channels;
  for (std::size_t i = 0; i < texels; ++i) {
    double squares = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      const double component = image.pixels[i * channels + c] / 127.5 - 1;
      mean[c] += component / static_cast<double>(texels);
      squares += component * component;
    }
    length += std::sqrt(squares) / static_cast<double>(texels);
  }
  return mean[2] > 0.5 && std::abs(mean[0]) < 0.2 && std::abs(mean[1]) < 0.2 && std::abs(length - 1) < 0.1;
}

Image8 normals_from_heights(const Image8& heights, double strength) {
  const int width = heights.width, height = heights.height;
  const auto at = [&](int x, int y) {
    return brightness(heights.at((x + width) % width, (y + height) % height), heights.channels) / 255.0;
  };
  const double scale = strength * kHeightOverWidth * width / 2;
  Image8 normals(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double rise_x = scale * (at(x + 1, y) - at(x - 1, y));
      const double rise_up = scale * (at(x, y - 1) - at(x, y + 1));
      const double length = std::sqrt(rise_x * rise_x + rise_up * rise_up + 1);
      std::uint8_t* texel = normals.at(x, y);
      texel[0] = code_of(-rise_x / length);
      texel[1] = code_of(-rise_up / length);
      texel[2] = code_of(1 / length);
    }
  return normals;
}

}  // namespace funcorr
