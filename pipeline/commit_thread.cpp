#include "pipeline/commit_thread.h"

#include <utility>

#include <spdlog/spdlog.h>

#include "pipeline/disk.h"

namespace funcorr {
namespace {

constexpr std::chrono::milliseconds kGather{200};  // reports that come close together share a transaction

Manifest second_connection(const StageRun& run) {
  Manifest::Options options;
  options.allow_network_filesystem = run.settings.allow_network_filesystem;
  return Manifest(run.context.workspace.manifest(), options);
}

// What the stage knows, with another connection.
StageContext with_manifest(const StageContext& from, Manifest& manifest) {
  return {from.workspace,      manifest,     from.seed,       from.preset, from.options_fingerprint,
          from.stop_requested, from.threads, from.json_output};
}

}  // namespace

CommitThread::CommitThread(StageRun& run)
    : run_(run),
      manifest_(second_connection(run)),
      context_(with_manifest(run.context, manifest_)),
      items_(manifest_, run.stage.name()),
      owner_(Owner::self()),
      committer_(
          run.stage, context_, items_, run.settings.retry,
          [this](const Attempt& attempt, const ItemOutcome& outcome) { committed(attempt, outcome); }) {
  items_.claim(0, owner_, run.settings.lease_s);  // outcomes count for items that this process holds
  thread_ = std::thread([this] { loop(); });
}

CommitThread::~CommitThread() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void CommitThread::add(Attempt attempt) {
  if (!attempt.broken && attempt.result.outcome() == Outcome::kFatal) stop_ = true;
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(attempt));
  }
  changed_.notify_all();
}

void CommitThread::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return error_ || (queue_.empty() && !busy_); });
  if (error_) std::rethrow_exception(error_);
}

void CommitThread::loop() {
  const auto beat =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(run_.settings.lease_s / 3));
  Clock::time_point next_beat = Clock::now() + beat;
  std::unique_lock lock(mutex_);
  while (!end_ || !queue_.empty()) {
    changed_.wait_until(lock, next_beat, [this] { return end_ || !queue_.empty(); });
    if (!queue_.empty() && !end_) changed_.wait_for(lock, kGather, [this] { return end_; });
    std::vector<Attempt> attempts = std::exchange(queue_, {});
    busy_ = true;
    lock.unlock();
    std::exception_ptr error;
    try {
      commit(std::move(attempts));
      if (Clock::now() >= next_beat) {
        next_beat = Clock::now() + beat;
        when_free([this] { items_.renew(owner_, run_.settings.lease_s); });
        require_writable_disk(run_.context.workspace.root, run_.settings.min_free_bytes);
      }
    } catch (...) {
      error = std::current_exception();
      stop_ = true;
    }
    lock.lock();
    busy_ = false;
    error_ = error_ ? error_ : error;
    changed_.notify_all();
    if (error_) return;
  }
}

void CommitThread::commit(std::vector<Attempt> attempts) {
  for (Attempt& attempt : attempts) committer_.add(std::move(attempt));
  when_free([this] { committer_.flush(); });
}

// Another program may hold the manifest for longer than a connection waits: what is to be stored stays, until
// the run is to end.
void CommitThread::when_free(const std::function<void()>& write) {
  while (true) {
    try {
      return write();
    } catch (const ManifestError& error) {
      if (error.kind != ManifestError::Kind::kBusy || run_.signals.stop_requested()) throw;
      spdlog::warn("{}; trying again", error.what());
    }
  }
}

void CommitThread::committed(const Attempt& attempt, const ItemOutcome& outcome) {
  note_outcome(run_, attempt, outcome);
  if (outcome.state == ItemState::kFailed && !run_.settings.keep_going) stop_ = true;
}

}  // namespace funcorr
