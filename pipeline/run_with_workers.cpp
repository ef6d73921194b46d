#include <algorithm>
#include <deque>

#include <spdlog/spdlog.h>

#include "pipeline/committer.h"
#include "pipeline/disk.h"
#include "pipeline/stage_run.h"
#include "pipeline/worker_pool.h"

namespace funcorr {
namespace {

constexpr double kGrace_s = 2;          // for running items after SIGINT or SIGTERM
constexpr double kClaimEvery_s = 0.25;  // after a claim that found nothing
constexpr std::int64_t kDiskIsFull_bytes = 4 << 20;

double seconds_since(Clock::time_point time) {
  return std::chrono::duration<double>(Clock::now() - time).count();
}

// What a worker printed: warnings and errors always, everything else when asked for.
void pass_on(const std::string& line, bool verbose) {
  if (line.starts_with("warning: ")) {
    spdlog::warn("{}", line.substr(9));
  } else if (line.starts_with("error: ") || line.starts_with("critical: ")) {
    spdlog::error("{}", line.substr(line.find(' ') + 1));
  } else if (verbose) {
    spdlog::info("worker: {}", line);
  }
}

WorkerSettings worker_settings(StageRun& run) {
  const RunSettings& from = run.settings;
  WorkerSettings settings;
  settings.program = "funcorr-" + run.stage.name();
  settings.context.workspace = run.context.workspace.root;
  settings.context.options = run.options.to_json();
  settings.context.seed = run.context.seed;
  settings.context.options_fingerprint = run.context.options_fingerprint;
  settings.context.readable = run.stage.readable_folders(run.context);
  settings.context.threads = from.threads;
  const bool is_confined = !run.stage.uses_gpu();
  settings.context.memory_bytes = is_confined ? from.memory_bytes : 0;
  settings.context.file_bytes = from.file_bytes;
  settings.context.sandbox = from.sandbox && is_confined;
  settings.context.verbose = from.verbose;
  settings.time_limit_s = from.time_limit_s;
  settings.recycle_after = from.recycle_after;
  settings.on_line = [verbose = from.verbose](const std::string& line) { pass_on(line, verbose); };
  return settings;
}

class WorkerLoop {
 public:
  explicit WorkerLoop(StageRun& run)
      : run_(run),
        owner_(Owner::self()),
        pool_(worker_settings(run), run.settings.workers),
        committer_(
            run.stage, run.context, run.items, run.settings.retry,
            [this](const Attempt& attempt, const ItemOutcome& outcome) { committed(attempt, outcome); }) {}

  void loop() {
    while (true) {
      if (!stopping()) feed();
      if (idle()) {
        committer_.flush();
        if (stopping()) return;
        const auto pause = pause_before_next_claim(run_.items);
        if (!pause) return;
        if (*pause > 0) pool_.wait(std::min(*pause, heartbeat_s()), run_.signals.wake_descriptor());
        may_claim_ = true;
        heartbeat();
        continue;
      }
      if (out_of_patience()) {
        pool_.kill_all();
        continue;
      }
      // Once a signal came, its descriptor stays readable.
      const int wake = run_.signals.stop_requested() ? -1 : run_.signals.wake_descriptor();
      for (Attempt& attempt : pool_.wait(0.2, wake)) ended(std::move(attempt));
      if (committer_.due()) committer_.flush();
      heartbeat();
    }
  }

  // What has ended is kept, what runs is dropped, the leases go back.
  void wind_up() {
    pool_.kill_all();
    committer_.flush();
    run_.items.release(owner_);
  }

 private:
  bool stopping() {
    if (run_.signals.stop_requested() && !run_.report.interrupted) {
      run_.report.interrupted = true;
      asked_to_stop_ = Clock::now();
      spdlog::warn("stopping: finishing or dropping what runs; once more to stop at once");
    }
    return run_.report.interrupted || stop_;
  }
  bool idle() { return pool_.in_flight() == 0 && (backlog_.empty() || stopping()); }
  bool out_of_patience() const {
    return !run_.report.fatal.empty() ||
           (run_.report.interrupted && seconds_since(asked_to_stop_) > kGrace_s);
  }
  double heartbeat_s() const { return run_.settings.lease_s / 3; }

  void feed() {
    while (pool_.room() > 0) {
      if (backlog_.empty() && !claim()) return;
      const LeasedItem item = std::move(backlog_.front());
      backlog_.pop_front();
      Described described = describe_item(run_, item);
      if (described.broken) {
        committer_.add(std::move(*described.broken));
      } else {
        pool_.submit({item.key, item.attempt, std::any_cast<nlohmann::json>(std::move(described.job))});
      }
    }
  }

  // As many as the workers do in a second: few to lose and to keep from others, but no transaction for each.
  bool claim() {
    if (seconds_since(nothing_claimed_) < kClaimEvery_s && !may_claim_) return false;
    may_claim_ = false;
    const double rate = static_cast<double>(run_.report.ended()) / std::max(0.2, seconds_since(started_));
    const int most = std::max(run_.stage.batch_size(), 2 * run_.settings.workers);
    const int wanted = std::clamp(static_cast<int>(rate), 2 * run_.settings.workers, most);
    for (LeasedItem& item : run_.items.claim(wanted, owner_, run_.settings.lease_s))
      backlog_.push_back(std::move(item));
    if (backlog_.empty()) nothing_claimed_ = Clock::now();
    return !backlog_.empty();
  }

  // A library may take a full disk for a broken file: the disk itself is asked.
  void ended(Attempt attempt) {
    const bool good = !attempt.broken && attempt.result.outcome() != Outcome::kRejected &&
                      attempt.result.outcome() != Outcome::kTransient;
    if (!good) {
      try {
        require_writable_disk(run_.context.workspace.root, kDiskIsFull_bytes);
      } catch (const EnvironmentError& error) {
        attempt.broken = false;
        attempt.result = fatal("environment", error.what());
      }
    }
    if (!attempt.broken && attempt.result.outcome() == Outcome::kFatal) stop_ = true;
    committer_.add(std::move(attempt));
    if (stop_) committer_.flush();
  }

  void committed(const Attempt& attempt, const ItemOutcome& outcome) {
    note_outcome(run_, attempt, outcome);
    may_claim_ = may_claim_ || outcome.state == ItemState::kPending;
    if (outcome.state == ItemState::kFailed && !run_.settings.keep_going) stop_ = true;
  }

  void heartbeat() {
    if (seconds_since(last_beat_) < heartbeat_s()) return;
    last_beat_ = Clock::now();
    run_.items.renew(owner_, run_.settings.lease_s);
    require_writable_disk(run_.context.workspace.root, run_.settings.min_free_bytes);
  }

  StageRun& run_;
  const Owner owner_;
  WorkerPool pool_;
  Committer committer_;
  std::deque<LeasedItem> backlog_;  // claimed, not yet with a worker
  bool stop_ = false;               // fatal, or a failure without --keep-going
  bool may_claim_ = true;           // something may have become claimable since the last claim
  const Clock::time_point started_ = Clock::now();
  Clock::time_point nothing_claimed_, asked_to_stop_, last_beat_ = Clock::now();
};

}  // namespace

void run_with_workers(StageRun& run) {
  WorkerLoop loop(run);
  try {
    loop.loop();
  } catch (...) {
    // The cause is what counts; leases that cannot be given back are taken back from the dead owner.
    try {
      loop.wind_up();
    } catch (const std::exception& error) {
      spdlog::warn("while stopping: {}", error.what());
    }
    throw;
  }
  loop.wind_up();
}

}  // namespace funcorr
