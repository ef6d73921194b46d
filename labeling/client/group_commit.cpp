#include "labeling/client/group_commit.h"

#include <iterator>

namespace funcorr {

bool GroupCommit::Batch::empty() const {
  return work.records.empty() && work.withdrawn.empty() && work.intents.empty() && actions.empty();
}

GroupCommit::GroupCommit(RequestLedger& ledger, std::function<void()> wake)
    : ledger_(ledger), wake_(std::move(wake)), thread_([this] { write_all(); }) {}

GroupCommit::~GroupCommit() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ready_.notify_one();
  thread_.join();
}

void GroupCommit::claim(std::vector<Intent> intents, std::function<void(std::vector<Claim>)> then) {
  const std::lock_guard lock(mutex_);
  gathering_.claims.emplace_back(intents.size(), std::move(then));
  gathering_.work.intents.insert(gathering_.work.intents.end(), std::make_move_iterator(intents.begin()),
                                 std::make_move_iterator(intents.end()));
  ready_.notify_one();
}

void GroupCommit::record(CallRecord record, std::function<void()> then) {
  const std::lock_guard lock(mutex_);
  gathering_.work.records.push_back(std::move(record));
  gathering_.recorded.push_back(std::move(then));
  ready_.notify_one();
}

void GroupCommit::withdraw(std::vector<std::int64_t> ids) {
  const std::lock_guard lock(mutex_);
  gathering_.work.withdrawn.insert(gathering_.work.withdrawn.end(), ids.begin(), ids.end());
  ready_.notify_one();
}

void GroupCommit::run(std::function<void(RequestLedger&)> action) {
  run_then([action = std::move(action)](RequestLedger& ledger) {
    action(ledger);
    return std::function<void()>();
  });
}

void GroupCommit::run_then(Action action) {
  const std::lock_guard lock(mutex_);
  gathering_.actions.push_back(std::move(action));
  ready_.notify_one();
}

void GroupCommit::run_completions() {
  std::vector<std::function<void()>> completions;
  {
    const std::lock_guard lock(mutex_);
    completions.swap(completions_);
    if (completions.empty() && error_) std::rethrow_exception(error_);
  }
  for (const auto& completion : completions) completion();
}

bool GroupCommit::idle() const {
  const std::lock_guard lock(mutex_);
  return gathering_.empty() && !writing_ && completions_.empty();
}

void GroupCommit::wait() {
  std::unique_lock lock(mutex_);
  written_.wait(lock, [this] { return gathering_.empty() && !writing_; });
}

std::vector<std::function<void()>> GroupCommit::write(Batch batch) {
  std::vector<std::function<void()>> completions = std::move(batch.recorded);
  const bool has_work =
      !batch.work.records.empty() || !batch.work.withdrawn.empty() || !batch.work.intents.empty();
  std::vector<Claim> claims = has_work ? ledger_.commit(batch.work) : std::vector<Claim>{};
  auto next = claims.begin();
  for (auto& [count, then] : batch.claims) {
    const auto end = next + static_cast<std::ptrdiff_t>(count);
    completions.push_back(
        [then = std::move(then), own = std::vector<Claim>(std::make_move_iterator(next),
                                                          std::make_move_iterator(end))] { then(own); });
    next = end;
  }
  for (const Action& action : batch.actions)
    if (std::function<void()> then = action(ledger_)) completions.push_back(std::move(then));
  return completions;
}

void GroupCommit::write_all() {
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [this] { return ending_ || !gathering_.empty(); });
    if (gathering_.empty()) return;
    Batch batch = std::exchange(gathering_, {});
    if (error_) {
      written_.notify_all();
      continue;
    }
    writing_ = true;
    lock.unlock();
    std::vector<std::function<void()>> completions;
    std::exception_ptr error;
    try {
      completions = write(std::move(batch));
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    writing_ = false;
    error_ = error;
    completions_.insert(completions_.end(), std::make_move_iterator(completions.begin()),
                        std::make_move_iterator(completions.end()));
    written_.notify_all();
    lock.unlock();
    wake_();
    lock.lock();
  }
}

}  // namespace funcorr
