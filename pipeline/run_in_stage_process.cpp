#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <mutex>
#include <stdexcept>

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "pipeline/commit_thread.h"
#include "pipeline/stage_run.h"

namespace funcorr {
namespace {

std::int64_t peak_memory_bytes() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024;
}

// The claimed items of one call of run_in_process that have not been reported yet. Thread-safe.
class Batch {
 public:
  Batch(const std::vector<RuntimeStage::Claimed>& items, CommitThread& commits) : commits_(commits) {
    for (const RuntimeStage::Claimed& item : items) open_[item.key] = item.attempt;
  }

  void finish(const std::string& key, Result<std::any> result) {
    const std::lock_guard lock(mutex_);
    commits_.add(take(key, std::move(result)));
  }

  // What the stage did not report is a broken attempt, for the reason given.
  void fail_open(const std::string& kind, const std::string& error) {
    const std::lock_guard lock(mutex_);
    while (!open_.empty()) {
      Attempt attempt = take(open_.begin()->first, transient(kind, error));
      attempt.broken = true;
      commits_.add(std::move(attempt));
    }
  }

 private:
  // Seconds: since the last report, so that those of all items sum up to the wall time.
  Attempt take(const std::string& key, Result<std::any> result) {
    const auto item = open_.find(key);
    if (item == open_.end()) {
      throw std::logic_error("item '" + key + "' was reported twice, or is not of this batch");
    }
    const Clock::time_point now = Clock::now();
    Attempt attempt{item->first, item->second, std::move(result), false, 0, peak_memory_bytes()};
    attempt.seconds = std::chrono::duration<double>(now - last_report_).count();
    last_report_ = now;
    open_.erase(item);
    return attempt;
  }

  CommitThread& commits_;
  std::mutex mutex_;
  std::map<std::string, int> open_;  // key → attempt
  Clock::time_point last_report_ = Clock::now();
};

std::vector<RuntimeStage::Claimed> describe_all(StageRun& run, const std::vector<LeasedItem>& leased,
                                                CommitThread& commits) {
  std::vector<RuntimeStage::Claimed> items;
  for (const LeasedItem& item : leased) {
    Described described = describe_item(run, item);
    if (described.broken) {
      commits.add(std::move(*described.broken));
    } else {
      items.push_back({item.key, std::move(described.job), item.attempt});
    }
  }
  return items;
}

void run_batch(StageRun& run, std::vector<RuntimeStage::Claimed> items, CommitThread& commits) {
  Batch batch(items, commits);
  try {
    run.stage.run(run.context, std::move(items), [&](const std::string& key, Result<std::any> result) {
      batch.finish(key, std::move(result));
    });
  } catch (const StoppingError&) {
    throw;
  } catch (const std::bad_alloc&) {
    batch.fail_open("memory", "out of memory");
    return;
  } catch (const std::exception& error) {
    batch.fail_open("exception", error.what());
    return;
  }
  if (!run.context.stop_requested())
    batch.fail_open("no_answer", "the stage ended without reporting the item");
}

void sleep_until_signal(StageRun& run, double seconds) {
  pollfd wake = {run.signals.wake_descriptor(), POLLIN, 0};
  ::poll(&wake, 1, static_cast<int>(std::min(seconds, 3600.0) * 1000) + 1);
}

void loop(StageRun& run, CommitThread& commits, const Owner& owner) {
  const std::int64_t most = run.stage.most_items();
  std::int64_t claimed = 0;
  while (!run.context.stop_requested()) {
    const std::int64_t left = most > 0 ? most - claimed : run.stage.batch_size();
    if (left <= 0) return;
    const auto leased =
        run.items.claim(static_cast<int>(std::clamp<std::int64_t>(run.stage.batch_size(), 1, left)), owner,
                        run.settings.lease_s);
    if (leased.empty()) {
      const auto pause = pause_before_next_claim(run.items);
      if (!pause) return;
      if (*pause > 0) sleep_until_signal(run, *pause);
      continue;
    }
    claimed += std::ssize(leased);
    auto items = describe_all(run, leased, commits);
    if (!items.empty()) run_batch(run, std::move(items), commits);
    commits.drain();
  }
}

// The first error is what counts; leases that cannot be given back are taken back from the dead owner.
void give_back_leases(StageRun& run, const Owner& owner, const std::exception_ptr& error) {
  try {
    run.items.release(owner);
  } catch (const std::exception& second) {
    if (!error) throw;
    spdlog::warn("while stopping: {}", second.what());
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace

void run_in_stage_process(StageRun& run) {
  const Owner owner = Owner::self();
  std::exception_ptr error;
  {
    CommitThread commits(run);
    run.context.stop_requested = [&] { return run.signals.stop_requested() || commits.wants_stop(); };
    try {
      loop(run, commits, owner);
      commits.drain();
    } catch (...) {
      error = std::current_exception();
    }
    run.context.stop_requested = [&run] { return run.signals.stop_requested(); };
  }  // its end comes with all that was reported committed, however the loop ended
  run.report.interrupted = run.signals.stop_requested();
  give_back_leases(run, owner, error);
}

}  // namespace funcorr
