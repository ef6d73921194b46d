#include "render/integrator/sampler.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/catch.h"

using namespace funcorr;

TEST_CASE("the second Sobol dimension comes from its direction numbers") {
  Random random(8);
  for (int trial = 0; trial < 100; ++trial) {
    const auto index = static_cast<std::uint32_t>(random.next());
    std::uint32_t expected = 0, direction = 1U << 31;  // Bratley & Fox 1988: v ← v ⊕ v/2
    for (std::uint32_t i = index; i != 0; i >>= 1, direction ^= direction >> 1)
      if (i & 1U) expected ^= direction;
    CHECK(PixelSampler::reverse_bits(PixelSampler::sobol_reversed(index)) == expected);
  }
}

TEST_CASE("the first 2^k samples of a pixel fall one into every elementary interval") {
  constexpr int kBits = 6, kCount = 1 << kBits;
  for (std::uint64_t seed = 0; seed < 5; ++seed)
    for (std::uint32_t pair : {0U, 1U, 7U}) {
      PixelSampler sampler(seed, 3, 5, 100);
      std::vector<Vec2f> points;
      for (int i = 0; i < kCount; ++i) {
        sampler.start_sample(i);
        sampler.set_pair(pair);
        points.push_back(sampler.next_2d());
      }
      for (int x_bits = 0; x_bits <= kBits; ++x_bits) {
        std::set<std::pair<int, int>> cells;
        for (const Vec2f& p : points)
          cells.insert({static_cast<int>(p.x * static_cast<float>(1 << x_bits)),
                        static_cast<int>(p.y * static_cast<float>(1 << (kBits - x_bits)))});
        CHECK(cells.size() == static_cast<std::size_t>(kCount));
      }
    }
}

TEST_CASE("different pixels, pairs and seeds get different points") {
  std::set<float> first;
  for (int x = 0; x < 10; ++x)
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      PixelSampler sampler(seed, x, 0, 10);
      sampler.start_sample(0);
      first.insert(sampler.next_2d().x);
      first.insert(sampler.next_2d().x);
    }
  CHECK(first.size() >= 199);
}
