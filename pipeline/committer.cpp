#include "pipeline/committer.h"

#include <utility>

namespace funcorr {
namespace {

constexpr std::size_t kLargestGroup = 256;
constexpr std::chrono::milliseconds kLongestWait{400};

}  // namespace

Committer::Committer(RuntimeStage& stage, StageContext& context, Items& items, RetryPolicy policy,
                     OnCommitted on_committed)
    : stage_(stage),
      context_(context),
      items_(items),
      policy_(policy),
      on_committed_(std::move(on_committed)) {}

void Committer::add(Attempt attempt) {
  if (group_.empty()) oldest_ = Clock::now();
  group_.push_back(std::move(attempt));
}

bool Committer::due() const {
  return group_.size() >= kLargestGroup || (!group_.empty() && Clock::now() - oldest_ >= kLongestWait);
}

ItemOutcome Committer::outcome_of(const Attempt& attempt) const {
  const std::string jitter = attempt.key + "#" + std::to_string(attempt.number);
  return decide(attempt, policy_, item_seed(context_.seed, stage_.name() + " retry", jitter));
}

void Committer::write(const std::vector<Attempt>& attempts, std::vector<ItemOutcome>& outcomes) {
  outcomes.clear();
  Transaction transaction(context_.manifest);
  for (const Attempt& attempt : attempts) {
    outcomes.push_back(outcome_of(attempt));
    if (outcomes.back().state == ItemState::kDone)
      stage_.commit(context_, attempt.key, attempt.result.product());
  }
  items_.finish(outcomes);
  transaction.commit();
}

void Committer::flush() {
  if (group_.empty()) return;
  std::vector<ItemOutcome> outcomes;
  try {
    write(group_, outcomes);
  } catch (const StoppingError&) {
    throw;
  } catch (const std::exception&) {
    write_each();
    return;
  }
  const std::vector<Attempt> written = std::exchange(group_, {});
  for (std::size_t i = 0; i < written.size(); ++i) on_committed_(written[i], outcomes[i]);
}

void Committer::write_each() {
  std::vector<ItemOutcome> outcomes;
  while (!group_.empty()) {
    std::vector<Attempt> one = {group_.front()};
    try {
      write(one, outcomes);
    } catch (const StoppingError&) {
      throw;
    } catch (const std::exception& error) {
      one.front().broken = true;
      one.front().result = transient("commit", std::string("storing its rows: ") + error.what());
      write(one, outcomes);
    }
    group_.erase(group_.begin());
    on_committed_(one.front(), outcomes.front());
  }
}

}  // namespace funcorr
