#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "train/distributed/process_group.h"
#include "train/distributed/training_job.h"

namespace funcorr {

// A process that trains with this one. The destructor waits for its end.
class StartedProcess {
 public:
  virtual ~StartedProcess() = default;
  virtual void kill() = 0;
};
// Starts this program again with these variables ("NAME=value") in place of its own of the same names. Throws
// std::runtime_error.
using StartProcess =
    std::function<std::unique_ptr<StartedProcess>(const std::vector<std::string>& variables)>;

// The processes that train together, seen from process 0, which alone opens the manifest.
class TrainingProcesses {
 public:
  // A launcher (torchrun) has started the others.
  explicit TrainingProcesses(const ProcessPlace& place) : group_(std::make_unique<ProcessGroup>(place)) {}
  // Starts the others on this machine, with a launcher's environment. Throws std::runtime_error.
  TrainingProcesses(int processes, const StartProcess& start);
  // Without dismiss(), the others end with an error as soon as they want something of this one.
  ~TrainingProcesses() = default;
  TrainingProcesses(const TrainingProcesses&) = delete;
  TrainingProcesses& operator=(const TrainingProcesses&) = delete;

  ProcessGroup& group() { return *group_; }
  // The others begin the job; this process has to train it too.
  void start(const TrainingJob& job);
  // Ends the others, between two jobs.
  void dismiss();

 private:
  std::vector<std::unique_ptr<StartedProcess>> started_;  // waited for after the group is gone
  std::unique_ptr<ProcessGroup> group_;
};

// What every process but the first does: its share of each job, until process 0 dismisses it. Throws what
// training throws.
void follow(ProcessGroup& group);

// A port of this machine that no program listens on.
int free_port();

}  // namespace funcorr
