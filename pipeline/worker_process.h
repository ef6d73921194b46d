#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <poll.h>

#include "db/format/descriptor.h"
#include "pipeline/attempt.h"
#include "pipeline/child_process.h"
#include "pipeline/worker_protocol.h"

namespace funcorr {

struct WorkerSettings {
  std::string program;  // "funcorr-render", for messages
  WorkerContext context;
  double time_limit_s = 0;                               // for one item; 0: none
  int recycle_after = 0;                                 // items; 0: never
  std::function<void(const std::string& line)> on_line;  // each line that a worker prints
};

// The stage process's hold on one worker, which ends with it. Nothing here blocks, but the wait for a process
// that was killed.
class WorkerProcess {
 public:
  // Starts this executable again with --worker. Throws EnvironmentError when there are no resources for it.
  explicit WorkerProcess(const WorkerSettings& settings);
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  void give(Job job);
  std::size_t in_flight() const { return jobs_.size(); }
  bool accepts_jobs() const;  // it is not to be replaced
  void let_go();              // no more jobs: it exits when it has answered all

  void add_polls(std::vector<pollfd>& polls) const;
  // Reads and writes what can be without waiting; the answers that arrived.
  std::vector<Attempt> exchange();
  // Kills it when its item has run out of time.
  void enforce_time_limit();
  std::optional<Clock::time_point> deadline() const;

  bool ended() const { return ended_; }
  bool ready() const { return ready_; }
  const std::string& fatal() const { return fatal_; }  // why it refused to start
  // After the end: what it cost (the item that ran, if one did), and the jobs it never began.
  std::optional<Attempt> lost_attempt();
  std::vector<Job> untouched_jobs();
  std::string last_words() const;  // how it ended and the last line that it printed
  bool landlock() const { return landlock_; }

 private:
  void spawn();
  void write_pending();
  void read_lines(const Descriptor& from, LineReader& into, bool& at_end);
  void take_printed_lines();
  std::optional<Attempt> take_answer(const std::string& line);
  void reap();

  const WorkerSettings& settings_;
  ChildProcess process_;
  Descriptor job_, answer_, printed_;
  std::string outgoing_;
  LineReader answers_, lines_{1u << 20};
  std::deque<Job> jobs_;       // the first one runs
  Clock::time_point started_;  // of the first job
  int served_ = 0;
  bool ready_ = false, ended_ = false, timed_out_ = false, landlock_ = false, garbled_ = false;
  std::string last_line_, fatal_;
  ChildEnd end_;
};

}  // namespace funcorr
