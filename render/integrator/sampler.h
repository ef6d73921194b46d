#pragma once

#include <array>
#include <cstdint>

#include "db/format/random.h"
#include "db/format/vector.h"

namespace funcorr {

// Owen-scrambled Sobol points, padded from two-dimensional sets that are shuffled and scrambled independently
// per pixel and dimension (Burley 2020, "Practical Hash-based Owen Scrambling"). Every set of 2ᵏ samples is
// stratified in each pair of dimensions. The numbers depend on (seed, pixel, sample, order of calls) alone.
class PixelSampler {
 public:
  PixelSampler(std::uint64_t seed, int x, int y, int width)
      : pixel_hash_(mix64(seed ^ mix64(static_cast<std::uint64_t>(y) * static_cast<std::uint64_t>(width) +
                                       static_cast<std::uint64_t>(x)))) {}

  void start_sample(int index) {
    index_ = static_cast<std::uint32_t>(index);
    pair_ = 0;
  }
  // Jumps to a pair of dimensions, so that a path's later vertices keep theirs whatever the earlier ones
  // drew.
  void set_pair(std::uint32_t pair) { pair_ = pair; }

  Vec2f next_2d() {  // in [0, 1)²
    const std::uint64_t hash = mix64(pixel_hash_ + pair_++);
    const auto low = static_cast<std::uint32_t>(hash), high = static_cast<std::uint32_t>(hash >> 32);
    const std::uint32_t index = reverse_bits(permute(reverse_bits(index_), low));
    const std::uint32_t x = permute(index, high);  // of the reversed van der Corput point
    const std::uint32_t y = permute(sobol_reversed(index), high * 0x9e3779b9U + 0x7f4a7c15U);
    return {to_unit(reverse_bits(x)), to_unit(reverse_bits(y))};
  }

  // An independent number in [0, 1) for choices that need no stratification; one between two calls of
  // next_2d().
  float uniform() const {
    return to_unit(static_cast<std::uint32_t>(mix64(pixel_hash_ ^ (std::uint64_t{index_} << 32 | ~pair_))));
  }

  static constexpr std::uint32_t reverse_bits(std::uint32_t v) {
    v = ((v >> 1) & 0x55555555U) | ((v & 0x55555555U) << 1);
    v = ((v >> 2) & 0x33333333U) | ((v & 0x33333333U) << 2);
    v = ((v >> 4) & 0x0f0f0f0fU) | ((v & 0x0f0f0f0fU) << 4);
    v = ((v >> 8) & 0x00ff00ffU) | ((v & 0x00ff00ffU) << 8);
    return (v >> 16) | (v << 16);
  }
  // Bit-reversed second Sobol dimension of `index`. Its generator matrix is Pascal's triangle modulo 2, so
  // bit k is the parity of the bits of `index` whose position contains k as a set.
  static constexpr std::uint32_t sobol_reversed(std::uint32_t v) {
    v ^= (v & 0xaaaaaaaaU) >> 1;
    v ^= (v & 0xccccccccU) >> 2;
    v ^= (v & 0xf0f0f0f0U) >> 4;
    v ^= (v & 0xff00ff00U) >> 8;
    v ^= (v & 0xffff0000U) >> 16;
    return v;
  }

 private:
  // Each output bit depends on the lower input bits only (Laine & Karras, constants of Vegdahl): an Owen
  // scramble of bit-reversed numbers.
  static constexpr std::uint32_t permute(std::uint32_t v, std::uint32_t seed) {
    v ^= v * 0x3d20adeaU;
    v += seed;
    v *= (seed >> 16) | 1U;
    v ^= v * 0x05526c56U;
    v ^= v * 0x53a22864U;
    return v;
  }
  static float to_unit(std::uint32_t v) { return static_cast<float>(v >> 8) * 0x1p-24F; }

  std::uint64_t pixel_hash_;
  std::uint32_t index_ = 0;
  std::uint32_t pair_ = 0;
};

}  // namespace funcorr
