#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "pipeline/worker_process.h"

namespace funcorr {

// Worker processes that are kept busy: started when there are jobs, replaced after a crash, a hang or
// settings.recycle_after items. Short items are sent one ahead, so that no worker waits for the next.
// Single-threaded: everything happens in the calls.
class WorkerPool {
 public:
  WorkerPool(WorkerSettings settings, int workers);

  // How many more jobs keep all workers busy.
  std::size_t room() const;
  void submit(Job job);
  std::size_t in_flight() const;  // submitted and not yet returned

  // Waits until attempts end, `wake_descriptor` is readable, or `timeout_s` is over. Attempts that a worker's
  // death cost come back as broken ones; jobs that it had not begun go to another worker. Throws
  // EnvironmentError when workers cannot start.
  std::vector<Attempt> wait(double timeout_s, int wake_descriptor);

  void kill_all();  // what is in flight is lost without an attempt

 private:
  void dispatch();
  void poll_workers(double timeout_s, int wake_descriptor);
  void bury(WorkerProcess& worker, std::vector<Attempt>& attempts);
  WorkerProcess* freest_worker();

  WorkerSettings settings_;
  std::size_t workers_limit_;
  std::vector<std::unique_ptr<WorkerProcess>> workers_;
  std::deque<Job> waiting_;
  double mean_seconds_ = 1e9;  // of recent items
  int failed_starts_ = 0;      // in a row
};

}  // namespace funcorr
