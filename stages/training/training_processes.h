#pragma once

#include <memory>
#include <vector>

#include <sys/types.h>

#include "stages/training/training_job.h"
#include "train/trainer/process_group.h"

namespace funcorr {

// The processes that train together, seen from process 0, which alone opens the manifest.
class TrainingProcesses {
 public:
  // A launcher (torchrun) has started the others.
  explicit TrainingProcesses(const ProcessPlace& place) : group_(std::make_unique<ProcessGroup>(place)) {}
  // Starts the others on this machine: this program again, with a launcher's environment. Throws
  // std::runtime_error.
  explicit TrainingProcesses(int processes);
  // Without dismiss(): the others end with an error, as soon as they want something of this one.
  ~TrainingProcesses();
  TrainingProcesses(const TrainingProcesses&) = delete;
  TrainingProcesses& operator=(const TrainingProcesses&) = delete;

  ProcessGroup& group() { return *group_; }
  // The others begin the job; this process has to train it too.
  void start(const Workspace& workspace, const TrainingJob& job);
  // Ends the others, between two jobs.
  void dismiss();

 private:
  void wait_for_started();

  std::unique_ptr<ProcessGroup> group_;
  std::vector<pid_t> started_;
};

// What every process but the first does: its share of each job, until process 0 dismisses it. Ignores SIGINT
// and SIGTERM, which process 0 acts upon. Throws what training throws.
void follow(ProcessGroup& group);

// A port of this machine that no program listens on.
int free_port();

}  // namespace funcorr
