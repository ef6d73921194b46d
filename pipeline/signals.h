#pragma once

namespace funcorr {

// While one lives, SIGINT, SIGTERM and SIGHUP ask the process to stop instead of ending it: stop_requested()
// turns true and wake_descriptor() readable. A second signal ends the process at once with status 130.
// SIGPIPE is ignored: a worker or a server that goes while it is written to is an error of that write. One at
// a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  bool stop_requested() const;  // any thread
  int wake_descriptor() const;  // for poll(); stays readable once a signal came
};

}  // namespace funcorr
