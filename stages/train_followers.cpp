#include "stages/train_followers.h"

#include <csignal>

#include <sys/prctl.h>

#include "pipeline/child_process.h"
#include "pipeline/data_file.h"
#include "pipeline/exit_status.h"

namespace funcorr {
namespace {

class Follower : public StartedProcess {
 public:
  explicit Follower(const std::vector<std::string>& variables)
      : process_(executable_file(), {}, {.variables = variables, .dies_with_us = SIGKILL}) {}
  ~Follower() override { process_.wait(); }
  void kill() override { process_.kill(SIGKILL); }

 private:
  ChildProcess process_;
};

}  // namespace

int follow_first(const ProcessPlace& place) {
  ProcessGroup group(place);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // also under a launcher, whose place nobody takes
  std::signal(SIGINT, SIG_IGN);        // the first acts upon them
  std::signal(SIGTERM, SIG_IGN);
  follow(group);
  return kAllDone;
}

std::unique_ptr<StartedProcess> start_follower(const std::vector<std::string>& variables) {
  return std::make_unique<Follower>(variables);
}

}  // namespace funcorr
