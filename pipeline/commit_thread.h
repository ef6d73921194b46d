#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "pipeline/committer.h"
#include "pipeline/stage_run.h"

namespace funcorr {

// Commits what a stage that works in the stage process reports, soon after it reports it, on a thread and a
// connection of its own; renews the leases meanwhile.
class CommitThread {
 public:
  explicit CommitThread(StageRun& run);
  ~CommitThread();
  CommitThread(const CommitThread&) = delete;
  CommitThread& operator=(const CommitThread&) = delete;

  void add(Attempt attempt);  // any thread; only queues
  // Waits until all that was added is in the manifest; throws what committing threw.
  void drain();
  // A fatal outcome, a failure without --keep-going, or a commit that threw: the stage is to come to its end.
  bool wants_stop() const { return stop_; }

 private:
  void loop();
  void commit(std::vector<Attempt> attempts);
  void when_free(const std::function<void()>& write);
  void committed(const Attempt& attempt, const ItemOutcome& outcome);

  StageRun& run_;
  Manifest manifest_;
  StageContext context_;
  Items items_;
  const Owner owner_;
  Committer committer_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<Attempt> queue_;
  bool busy_ = false, end_ = false;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace funcorr
