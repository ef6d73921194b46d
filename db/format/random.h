#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>

namespace funcorr {

// Every random choice is seeded by (global seed, stage, item).
std::uint64_t item_seed(std::uint64_t global_seed, const std::string& stage, const std::string& key);

// SplitMix64's finaliser: a bijection that turns neighbouring integers into unrelated ones (Steele et al.
// 2014).
constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// SplitMix64 generator. Gives the same numbers on every platform, which the distributions of <random> do not
// promise. One object per thread.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() {
    const std::uint64_t value = mix64(state_);
    state_ += 0x9e3779b97f4a7c15ULL;
    return value;
  }
  // In [0, 1), 53 random bits.
  constexpr double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  // In [0, n) without bias; 0 for n = 0.
  constexpr std::uint64_t below(std::uint64_t n) {
    if (n == 0) return 0;
    const std::uint64_t reject_below = (0 - n) % n;  // 2⁶⁴ mod n
    std::uint64_t value = next();
    while (value < reject_below) value = next();
    return value % n;
  }
  // Standard normal (Box–Muller, one of the pair; the logarithm's argument is in (0, 1]).
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }

 private:
  std::uint64_t state_;
};

}  // namespace funcorr
