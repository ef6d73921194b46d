#pragma once

#include <cstdint>

namespace funcorr {

// A pixel of a view or of its crop: column x from the left, row y from the top, both from 0. In memory pixels
// are always (x, y); files that keep (row, column) are turned round where they are read and written
// (rowcol.h).
struct Pixel {
  std::int32_t x = 0, y = 0;
  friend constexpr bool operator==(const Pixel&, const Pixel&) = default;
};

constexpr std::int64_t squared_distance(const Pixel& a, const Pixel& b) {
  const std::int64_t dx = a.x - b.x, dy = a.y - b.y;
  return dx * dx + dy * dy;
}

// Corresponding pixels of the crops of image 1 and image 2.
struct PixelPair {
  Pixel first, second;
  friend constexpr bool operator==(const PixelPair&, const PixelPair&) = default;
};

constexpr PixelPair swapped(const PixelPair& pair) { return {pair.second, pair.first}; }

}  // namespace funcorr
