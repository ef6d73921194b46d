#include "pipeline/retry.h"

#include "tests/catch.h"

namespace funcorr {
namespace {

Attempt attempt(int number, Result<std::any> result, bool broken = false) {
  return {"k", number, std::move(result), broken, 2.5, 77};
}

TEST_CASE("an attempt decides what the manifest holds") {
  const RetryPolicy policy{3, {1.0, 60.0}};
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
