#include "tools/sample_objects/paint.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include <zlib.h>

namespace funcorr {
namespace {

constexpr double kPi = 3.14159265358979323846;

Color blend(const Color& a, const Color& b, double t) {
  return {a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t};
}
Color scaled(const Color& c, double s) { return {c[0] * s, c[1] * s, c[2] * s}; }

Picture paint(const std::function<Color(double u, double v)>& color_at) {
  Picture picture{kTextureSize, kTextureSize, {}};
  picture.rgb.reserve(static_cast<std::size_t>(kTextureSize) * kTextureSize * 3);
  for (int row = 0; row < kTextureSize; ++row)
    for (int column = 0; column < kTextureSize; ++column)
      for (const double channel : color_at((column + 0.5) / kTextureSize, (row + 0.5) / kTextureSize))
        picture.rgb.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(channel, 0.0, 1.0))));
  return picture;
}

// Smooth noise in −1…1 that tiles: values on a grid of cells_u × cells_v, blended with a smooth step.
class TilingNoise {
 public:
  TilingNoise(int cells_u, int cells_v, Random& random) : cells_u_(cells_u), cells_v_(cells_v) {
    for (int i = 0; i < cells_u * cells_v; ++i) values_.push_back(2 * random.uniform() - 1);
  }
  double at(double u, double v) const {
    const double x = (u - std::floor(u)) * cells_u_, y = (v - std::floor(v)) * cells_v_;
    const int i = static_cast<int>(x), k = static_cast<int>(y);
    const double s = smooth(x - i), t = smooth(y - k);
    const double upper = value(i, k) * (1 - s) + value(i + 1, k) * s;
    const double lower = value(i, k + 1) * (1 - s) + value(i + 1, k + 1) * s;
    return upper * (1 - t) + lower * t;
  }

 private:
  static double smooth(double t) { return t * t * (3 - 2 * t); }
  double value(int i, int k) const {
    return values_[static_cast<std::size_t>((k % cells_v_) * cells_u_ + i % cells_u_)];
  }
  int cells_u_, cells_v_;
  std::vector<double> values_;
};

void append_big_endian(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>((value >> shift) & 0xff));
}

void append_chunk(std::string& png, const std::string& type, const std::string& data) {
  append_big_endian(png, static_cast<std::uint32_t>(data.size()));
  const std::string body = type + data;
  png += body;
  append_big_endian(png, static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(body.data()),
                                                          static_cast<uInt>(body.size()))));
}

template <typename T, std::size_t N>
const T& pick(const std::array<T, N>& choices, Random& random) {
  return choices[random.below(N)];
}

}  // namespace

std::string encode_png(const Picture& picture) {
  std::string raw;  // every row: filter 0, then its pixels
  const auto row_bytes = static_cast<std::size_t>(picture.width) * 3;
  for (int row = 0; row < picture.height; ++row) {
    raw.push_back(0);
    const auto begin = picture.rgb.begin() + static_cast<std::ptrdiff_t>(row_bytes) * row;
    raw.append(begin, begin + static_cast<std::ptrdiff_t>(row_bytes));
  }
  uLongf size = compressBound(static_cast<uLong>(raw.size()));
  std::string packed(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(raw.data()),
                static_cast<uLong>(raw.size()), 6) != Z_OK)
    throw std::runtime_error("encoding a texture: zlib failed to compress it");
  packed.resize(size);

  std::string header;
  append_big_endian(header, static_cast<std::uint32_t>(picture.width));
  append_big_endian(header, static_cast<std::uint32_t>(picture.height));
  header += std::string("\x08\x02\x00\x00\x00", 5);  // 8 bits, RGB, deflate, no filter method, no interlace
  std::string png = "\x89PNG\r\n\x1a\n";
  append_chunk(png, "IHDR", header);
  append_chunk(png, "sRGB", std::string(1, '\0'));
  append_chunk(png, "IDAT", packed);
  append_chunk(png, "IEND", {});
  return png;
}

Picture paint_plain(const Color& color, double mottling, Random& random) {
  const TilingNoise coarse(5, 5, random), fine(23, 23, random);
  return paint([&](double u, double v) {
    return scaled(color, 1 + mottling * (0.18 * coarse.at(u, v) + 0.07 * fine.at(u, v)));
  });
}

Picture paint_wood(const Color& light, const Color& dark, Random& random) {
  const TilingNoise wave(3, 6, random), fibre(6, 64, random);
  const int rings = 4 + static_cast<int>(random.below(4));
  return paint([&, rings](double u, double v) {
    const double grain = 0.5 + 0.5 * std::sin(2 * kPi * (rings * v + 0.8 * wave.at(u, v)));
    return scaled(blend(light, dark, 0.75 * grain * grain), 1 + 0.1 * fibre.at(u, v));
  });
}

Picture paint_brushed(const Color& color, Random& random) {
  const TilingNoise streaks(3, 64, random), clouds(4, 4, random);
  return paint([&](double u, double v) {
    return scaled(color, 1 + 0.12 * streaks.at(u, v) + 0.06 * clouds.at(u, v));
  });
}

Picture paint_stripes(const Color& a, const Color& b, int count, bool along_u, Random& random) {
  const double share = 0.3 + 0.4 * random.uniform();
  const TilingNoise clouds(4, 4, random);
  return paint([&](double u, double v) {
    const double x = (along_u ? u : v) * count;
    return scaled(x - std::floor(x) < share ? a : b, 1 + 0.06 * clouds.at(u, v));
  });
}

Picture paint_dots(const Color& ground, const Color& dots, int count, Random& random) {
  const double radius = 0.2 + 0.15 * random.uniform();  // of a dot's cell
  return paint([&](double u, double v) {
    const double y = v * count, row = std::floor(y);
    const double x = u * count + (static_cast<int>(row) % 2 == 0 ? 0.0 : 0.5);
    return std::hypot(x - std::floor(x) - 0.5, y - row - 0.5) < radius ? dots : ground;
  });
}

Picture paint_checks(const Color& a, const Color& b, int count, Random& random) {
  const TilingNoise clouds(6, 6, random);
  const int even = 2 * count;
  return paint([&](double u, double v) {
    const int cell = static_cast<int>(std::floor(u * even)) + static_cast<int>(std::floor(v * even));
    return scaled(cell % 2 == 0 ? a : b, 1 + 0.06 * clouds.at(u, v));
  });
}

Picture paint_speckle(const Color& ground, const Color& speckle, double share, Random& random) {
  const TilingNoise grains(48, 48, random), clouds(4, 4, random);
  const double threshold = 1 - 2 * share;
  return paint([&](double u, double v) {
    return scaled(grains.at(u, v) > threshold ? speckle : ground, 1 + 0.08 * clouds.at(u, v));
  });
}

Picture paint_emblem(const Color& ground, const Color& emblem, Random& random) {
  const double centre_u = 0.15 + 0.2 * random.uniform(), centre_v = 0.3 + 0.15 * random.uniform();
  const double radius = 0.07 + 0.05 * random.uniform();
  const TilingNoise clouds(5, 5, random);
  return paint([&](double u, double v) {
    const double distance = std::hypot(u - centre_u, (v - centre_v) * 0.8) / radius;
    const bool inked = distance < 0.55 || (distance > 0.8 && distance < 1);
    return scaled(inked ? emblem : ground, 1 + 0.08 * clouds.at(u, v));
  });
}

NamedColor random_paint(Random& random) {
  static const std::array<NamedColor, 14> kPaints{{{"white", {0.92, 0.91, 0.88}},
                                                   {"cream", {0.93, 0.86, 0.70}},
                                                   {"grey", {0.55, 0.56, 0.58}},
                                                   {"black", {0.12, 0.12, 0.13}},
                                                   {"red", {0.74, 0.14, 0.12}},
                                                   {"orange", {0.88, 0.45, 0.12}},
                                                   {"yellow", {0.90, 0.74, 0.18}},
                                                   {"olive green", {0.45, 0.50, 0.20}},
                                                   {"green", {0.16, 0.50, 0.28}},
                                                   {"teal", {0.12, 0.50, 0.52}},
                                                   {"sky blue", {0.45, 0.68, 0.86}},
                                                   {"blue", {0.14, 0.28, 0.62}},
                                                   {"purple", {0.42, 0.22, 0.52}},
                                                   {"pink", {0.88, 0.56, 0.62}}}};
  return pick(kPaints, random);
}

NamedColor random_metal(Random& random) {
  static const std::array<NamedColor, 6> kMetals{{{"steel", {0.70, 0.71, 0.72}},
                                                  {"polished steel", {0.82, 0.82, 0.83}},
                                                  {"iron", {0.36, 0.36, 0.38}},
                                                  {"brass", {0.83, 0.69, 0.38}},
                                                  {"copper", {0.85, 0.55, 0.42}},
                                                  {"blackened steel", {0.24, 0.24, 0.26}}}};
  return pick(kMetals, random);
}

NamedWood random_wood(Random& random) {
  static const std::array<NamedWood, 5> kWoods{{{"beech", {0.80, 0.62, 0.42}, {0.66, 0.46, 0.28}},
                                                {"oak", {0.70, 0.52, 0.32}, {0.50, 0.34, 0.18}},
                                                {"walnut", {0.46, 0.30, 0.18}, {0.28, 0.17, 0.10}},
                                                {"cherry", {0.68, 0.38, 0.24}, {0.48, 0.24, 0.14}},
                                                {"ash", {0.84, 0.74, 0.58}, {0.70, 0.56, 0.38}}}};
  return pick(kWoods, random);
}

}  // namespace funcorr
