#include "db/format/backoff.h"

#include <algorithm>

#include "tests/catch.h"

namespace funcorr {

TEST_CASE("Back-off doubles, is capped, jitters between half and full, and obeys the server") {
  const Backoff backoff{1, 60};
  struct Row {
    int attempt;
    double retry_after, least, most;
  };
  for (const Row& row :
       {Row{1, 0, 0.5, 1}, Row{2, 0, 1, 2}, Row{3, 0, 2, 4}, Row{7, 0, 30, 60}, Row{1'000'000, 0, 30, 60},
        Row{1, 20, 20, 20}, Row{7, 20, 30, 60}, Row{0, 0, 0.5, 1}}) {
    double smallest = 1e9, largest = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const double delay = backoff_delay(backoff, row.attempt, row.retry_after, seed);
      CHECK(delay == backoff_delay(backoff, row.attempt, row.retry_after, seed));
      smallest = std::min(smallest, delay);
      largest = std::max(largest, delay);
    }
    CAPTURE(row.attempt, row.retry_after);
    CHECK(smallest >= row.least);
    CHECK(largest <= row.most);
    CHECK(largest - smallest >= 0.9 * (row.most - row.least));  // the whole range is used
  }
  CHECK(backoff_delay({0, 60}, 5, 0, 1) == 0);
}

}  // namespace funcorr
