#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "db/dataset/crop.h"

namespace funcorr {

// A crop pixel in training data: its crop_index(), to save space.
using PixelIndex = std::uint16_t;
static_assert(kCropPixels <= 65536);
constexpr PixelIndex pixel_index(const Pixel& pixel) { return static_cast<PixelIndex>(crop_index(pixel)); }

// A mask of a crop, one bit a pixel: pixel i is bit i % 8 of byte i / 8 (NumPy: bitorder="little").
inline constexpr std::size_t kMaskBytes = kCropPixels / 8;
static_assert(kCropPixels % 64 == 0);

// A mask somebody else owns; kMaskBytes bytes.
class PixelMaskView {
 public:
  explicit PixelMaskView(std::span<const std::uint8_t> bits) : bits_(bits) {}

  std::span<const std::uint8_t> bits() const { return bits_; }
  bool at(PixelIndex pixel) const { return ((bits_[pixel / 8U] >> (pixel % 8U)) & 1U) != 0; }
  int count() const {
    int pixels = 0;
    for_each_word([&](std::size_t, std::uint64_t word) { pixels += std::popcount(word); });
    return pixels;
  }
  // Appends the pixels inside, ascending.
  void append_pixels(std::vector<PixelIndex>& pixels) const {
    for_each_word([&](std::size_t first, std::uint64_t word) { append_bits(first, word, pixels); });
  }
  // Those inside and not in `other`; those not inside.
  void append_without(const PixelMaskView& other, std::vector<PixelIndex>& pixels) const {
    for_each_word([&](std::size_t first, std::uint64_t word) {
      append_bits(first, word & ~other.word(first), pixels);
    });
  }
  void append_outside(std::vector<PixelIndex>& pixels) const {
    for_each_word([&](std::size_t first, std::uint64_t word) { append_bits(first, ~word, pixels); });
  }

 private:
  // 64 pixels from pixel `first` on.
  std::uint64_t word(std::size_t first) const {
    std::uint64_t word = 0;
    std::memcpy(&word, bits_.data() + first / 8, sizeof word);
    return word;
  }
  template <typename Visit>
  void for_each_word(const Visit& visit) const {
    for (std::size_t first = 0; first < kCropPixels; first += 64) visit(first, word(first));
  }
  static void append_bits(std::size_t first, std::uint64_t word, std::vector<PixelIndex>& pixels) {
    for (; word != 0; word &= word - 1)
      pixels.push_back(static_cast<PixelIndex>(first + static_cast<std::size_t>(std::countr_zero(word))));
  }

  std::span<const std::uint8_t> bits_;
};

// Bytes of a mask (non-zero: inside) → its bits, appended.
inline void append_mask_bits(std::span<const std::uint8_t> pixels, std::vector<std::uint8_t>& bits) {
  for (std::size_t first = 0; first < pixels.size(); first += 8) {
    unsigned byte = 0;
    for (std::size_t i = 0; i < 8; ++i) byte |= (pixels[first + i] != 0 ? 1U : 0U) << i;
    bits.push_back(static_cast<std::uint8_t>(byte));
  }
}

}  // namespace funcorr
