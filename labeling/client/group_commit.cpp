#include "labeling/client/group_commit.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "labeling/client/clock.h"

namespace funcorr {
namespace {

constexpr std::chrono::milliseconds kBusyPause{20};  // between two tries, each of which waits by itself

}  // namespace

bool GroupCommit::Batch::has_work() const {
  return !work.records.empty() || !work.withdrawn.empty() || !work.intents.empty();
}

bool GroupCommit::Batch::empty() const { return !has_work() && actions.empty(); }

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
  ++unsafe_;
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
  written_.wait(lock, [this] { return left_ || (gathering_.empty() && !writing_); });
}

GroupCommit::Aside GroupCommit::aside() const {
  const std::lock_guard lock(mutex_);
  return aside_;
}

bool GroupCommit::may_be_left() const { return busy_since_ > 0 && unsafe_ == 0; }

bool GroupCommit::leave() {
  const std::lock_guard lock(mutex_);
  left_ = left_ || may_be_left();
  if (!left_) return false;
  error_ = std::make_exception_ptr(
      LedgerBusy("another program still holds the manifest: what was answered is set aside beside it, and "
                 "recorded by the next run"));
  ready_.notify_one();
  return true;
}

void GroupCommit::write(Batch& batch, Completions& completions) {
  if (batch.has_work()) {
    std::vector<Claim> claims = ledger_.commit(batch.work);
    {
      const std::lock_guard lock(mutex_);
      unsafe_ -= batch.work.records.size() - batch.set_aside;
    }
    batch.work = {};
    batch.set_aside = 0;
    std::ranges::move(batch.recorded, std::back_inserter(completions));
    batch.recorded.clear();
    auto next = claims.begin();
    for (auto& [count, then] : std::exchange(batch.claims, {})) {
      const auto end = next + static_cast<std::ptrdiff_t>(count);
      completions.push_back(
          [then = std::move(then), own = std::vector<Claim>(std::make_move_iterator(next),
                                                            std::make_move_iterator(end))] { then(own); });
      next = end;
    }
  }
  while (!batch.actions.empty()) {
    if (std::function<void()> then = batch.actions.front()(ledger_)) completions.push_back(std::move(then));
    batch.actions.pop_front();
  }
}

bool GroupCommit::write_patiently(Batch& batch, Completions& completions) {
  while (true) {
    try {
      write(batch, completions);
      break;
    } catch (const LedgerBusy&) {
      if (busy_since_ == 0) busy_since_ = now_s();
      set_aside(batch);
      std::unique_lock lock(mutex_);
      ready_.wait_for(lock, kBusyPause, [this] { return ending_ || left_; });
      left_ = left_ || (ending_ && may_be_left());
      if (left_) return false;
    }
  }
  if (busy_since_ == 0) return true;
  const std::lock_guard lock(mutex_);
  if (gathering_.set_aside > 0) return true;  // it is written next
  busy_since_ = 0;
  aside_ = {};
  ledger_.forget_set_aside();
  return true;
}

void GroupCommit::set_aside(Batch& batch) {
  for (Batch* each : {&batch, &gathering_}) {
    std::vector<CallRecord> records;
    {
      const std::lock_guard lock(mutex_);
      records = {each->work.records.begin() + static_cast<std::ptrdiff_t>(each->set_aside),
                 each->work.records.end()};
    }
    std::string error;
    try {
      ledger_.set_aside(records);
    } catch (const std::exception& failure) {
      error = failure.what();  // they wait here
      records.clear();
    }
    const std::lock_guard lock(mutex_);
    each->set_aside += records.size();
    unsafe_ -= records.size();
    aside_.records += records.size();
    aside_.error = error;
    if (!error.empty()) return;
  }
}

void GroupCommit::write_all() {
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [this] { return ending_ || !gathering_.empty(); });
    if (gathering_.empty() || left_) return;
    Batch batch = std::exchange(gathering_, {});
    if (error_) {
      written_.notify_all();
      continue;
    }
    writing_ = true;
    lock.unlock();
    Completions completions;
    std::exception_ptr error;
    bool is_written = true;
    try {
      is_written = write_patiently(batch, completions);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    writing_ = false;
    if (!left_) error_ = error;
    completions_.insert(completions_.end(), std::make_move_iterator(completions.begin()),
                        std::make_move_iterator(completions.end()));
    written_.notify_all();
    lock.unlock();
    wake_();
    lock.lock();
    if (!is_written) return;
  }
}

}  // namespace funcorr
