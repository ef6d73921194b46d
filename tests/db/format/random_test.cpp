#include "db/format/random.h"

#include <array>

#include "tests/catch.h"

namespace funcorr {

TEST_CASE("Random gives the published SplitMix64 sequence and unbiased draws") {
  Random reference(1234567);  // sequence of Vigna's splitmix64.c for this seed
  CHECK(reference.next() == 6457827717110365317ULL);
  CHECK(reference.next() == 3203168211198807973ULL);
  Random random(7);
  std::array<int, 6> counts{};
  double sum = 0, sum_of_squares = 0;
  constexpr int kDraws = 60000;
  for (int i = 0; i < kDraws; ++i) {
    ++counts[random.below(6)];
    const double z = random.normal();
    sum += z;
    sum_of_squares += z * z;
    const double u = random.uniform();
    CHECK((u >= 0 && u < 1));
  }
  for (const int count : counts) CHECK_THAT(count, Catch::WithinAbs(kDraws / 6.0, 500));  // 5.5 σ
  CHECK_THAT(sum / kDraws, Catch::WithinAbs(0, 0.02));
  CHECK_THAT(sum_of_squares / kDraws, Catch::WithinAbs(1, 0.03));
}

}  // namespace funcorr
