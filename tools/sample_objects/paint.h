#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "db/format/random.h"

namespace funcorr {

using Color = std::array<double, 3>;  // sRGB, 0…1

// 8-bit sRGB picture, rows top to bottom; texture coordinate (0, 0) is its upper left corner.
struct Picture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  // [height, width, 3]
};

// PNG (RGB8, zlib). Same picture, same bytes.
std::string encode_png(const Picture& picture);

// Procedural textures, square, `kTextureSize` px, that tile in both directions.
inline constexpr int kTextureSize = 128;
Picture paint_plain(const Color& color, double mottling, Random& random);   // mottling 0…1: cloudy noise
Picture paint_wood(const Color& light, const Color& dark, Random& random);  // grain along u
Picture paint_brushed(const Color& color, Random& random);                  // fine streaks along u
Picture paint_stripes(const Color& a, const Color& b, int count, bool along_u, Random& random);
Picture paint_dots(const Color& ground, const Color& dots, int count, Random& random);
Picture paint_checks(const Color& a, const Color& b, int count, Random& random);
Picture paint_speckle(const Color& ground, const Color& speckle, double share, Random& random);
// A disc and a ring at one side only, so that a turned body has a front.
Picture paint_emblem(const Color& ground, const Color& emblem, Random& random);

// "red", "pale blue" …: a name for captions and its colour.
struct NamedColor {
  std::string name;
  Color color;
};
NamedColor random_paint(Random& random);  // glazes, plastics and lacquers
NamedColor random_metal(Random& random);
struct NamedWood {
  std::string name;
  Color light, dark;
};
NamedWood random_wood(Random& random);

}  // namespace funcorr
