#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "db/dataset/record/pair.h"
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

// How a run ended.
struct RunOutcome {
  enum class End { kFinished, kStopped, kDiverged, kFailed };
  End end = End::kFinished;
  std::string error{};
  // They were left in the middle of the run: only new ones can begin another.
  bool others_are_lost = false;
};

// The processes that train together with this one, which is process 0 and alone opens the manifest.
class TrainingProcesses {
 public:
  // Those that a launcher (torchrun) has started, where `place` is one of several. Else a job says how many
  // there are: `start` starts the others on this machine, with a launcher's environment.
  TrainingProcesses(const ProcessPlace& place, StartProcess start);
  // Without dismiss(), the others end with an error as soon as they want something of this one.
  ~TrainingProcesses() = default;
  TrainingProcesses(const TrainingProcesses&) = delete;
  TrainingProcesses& operator=(const TrainingProcesses&) = delete;

  // All of them train the job. `on_change` gets the run's row when it begins, at every point of the curves,
  // and when it ends. Where this process trains alone, throws what train_model() throws, but for
  // TrainingDiverged.
  RunOutcome train(const TrainingJob& job, TrainingHooks hooks,
                   const std::function<void(const Run&)>& on_change);
  // Ends the others, between two jobs.
  void dismiss();

 private:
  void start_others(int processes);
  RunOutcome train_with_others(const TrainingJob& job, const TrainingHooks& hooks);

  StartProcess start_;
  std::vector<std::unique_ptr<StartedProcess>> started_;  // waited for after the group is gone
  std::unique_ptr<ProcessGroup> group_;                   // null: there are no others
};

// What every process but the first does: its share of each job, until process 0 dismisses it. Throws what
// training throws.
void follow(ProcessGroup& group);

// A port of this machine that no program listens on.
int free_port();

}  // namespace funcorr
