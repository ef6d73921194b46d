#include "eval/metric/reliability.h"

#include "db/format/random.h"
#include "tests/catch.h"

namespace funcorr {

TEST_CASE("probabilities of what comes true as often as they say are reliable, others by what they miss it") {
  Random random(5);
  Reliability honest, boastful;
  for (int i = 0; i < 100'000; ++i) {
    const double p = random.uniform();
    const bool is_true = random.uniform() < p;
    honest.add(p, is_true);
    boastful.add(0.5 + 0.5 * p, is_true);  // by ½ (1 − p) too high, on average by ¼
  }
  CHECK(honest.expected_error() < 0.01);
  CHECK_THAT(boastful.expected_error(), Catch::Matchers::WithinAbs(0.25, 0.01));
  CHECK(boastful.bins().front().count == 0);
}

TEST_CASE("a bin tells what was promised, what was kept, and of how many") {
  Reliability some;
  CHECK(some.empty());
  CHECK(some.expected_error() == 0);
  some.add(0.30, true);
  some.add(0.32, false);
  some.add(1, true);  // into the last bin
  const Reliability::Bin& low = some.bins().at(4);
  CHECK(low.count == 2);
  CHECK_THAT(low.promised(), Catch::Matchers::WithinAbs(0.31, 1e-12));
  CHECK(low.kept() == 0.5);
  CHECK(some.bins().back().count == 1);
  CHECK_THAT(some.expected_error(), Catch::Matchers::WithinAbs((1 - 0.62) / 3, 1e-12));
  Reliability both = some;
  both += some;
  CHECK(both.count() == 6);
  CHECK_THAT(both.expected_error(), Catch::Matchers::WithinAbs(some.expected_error(), 1e-12));
}

}  // namespace funcorr
