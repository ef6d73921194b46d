#include "pipeline/retry.h"

#include "tests/catch.h"

namespace funcorr {
namespace {

TEST_CASE("the pause doubles up to its maximum, with a jitter of a half to one") {
  const RetryPolicy policy{10, 1.0, 60.0};
  struct Row {
    int attempt;
    double longest;
  };
  for (const Row row :
       {Row{1, 1}, Row{2, 2}, Row{3, 4}, Row{6, 32}, Row{7, 60}, Row{8, 60}, Row{1000000, 60}}) {
    double least = 1e9, most = 0;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
      const double delay = retry_delay(policy, row.attempt, seed);
      least = std::min(least, delay);
      most = std::max(most, delay);
    }
    INFO("attempt " << row.attempt);
    CHECK(least >= 0.5 * row.longest);
    CHECK(most <= row.longest);
    CHECK(least < 0.52 * row.longest);  // the jitter uses its range
    CHECK(most > 0.98 * row.longest);
  }
  CHECK(retry_delay(policy, 3, 42) == retry_delay(policy, 3, 42));
  CHECK(retry_delay({3, 0, 60}, 5, 1) == 0);
}

Attempt attempt(int number, Result<std::any> result, bool broken = false) {
  return {"k", number, std::move(result), broken, 2.5, 77};
}

TEST_CASE("an attempt decides what the manifest holds") {
  const RetryPolicy policy{3, 1.0, 60.0};
  struct Row {
    Attempt attempt;
    ItemState state;
    bool pause;
  };
  const Ending busy = transient("busy", "the server is busy");
  for (const Row& row : std::vector<Row>{
           {attempt(1, std::any()), ItemState::kDone, false},
           {attempt(9, std::any()), ItemState::kDone, false},
           {attempt(1, skipped("a", "b")), ItemState::kSkipped, false},
           {attempt(1, rejected("a", "b")), ItemState::kRejected, false},
           {attempt(1, busy), ItemState::kPending, true},
           {attempt(2, busy), ItemState::kPending, true},
           {attempt(3, busy), ItemState::kFailed, false},
           {attempt(4, busy), ItemState::kFailed, false},
           {attempt(1, busy, true), ItemState::kPending, false},
           {attempt(3, busy, true), ItemState::kFailed, false},
           {attempt(3, fatal("credit", "none")), ItemState::kPending, false},
       }) {
    const ItemOutcome outcome = decide(row.attempt, policy, 1);
    CHECK(outcome.state == row.state);
    CHECK((outcome.retry_after_seconds > 0) == row.pause);
    CHECK(outcome.seconds == 2.5);
    CHECK(outcome.peak_memory_bytes == 77);
  }
  Ending told = busy;
  told.retry_after_seconds = 120;  // what a server asks for counts, when it is longer
  CHECK(decide(attempt(1, told), policy, 1).retry_after_seconds == 120);
}

}  // namespace
}  // namespace funcorr
