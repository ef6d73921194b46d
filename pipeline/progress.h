#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace funcorr {

// Counts of one run of a stage.
struct ProgressCounts {
  std::int64_t total = 0;  // items this run has to do
  std::int64_t ended = 0;  // done, skipped, rejected, failed
  std::int64_t rejected = 0, failed = 0;
};

// "render  120/8278  1.4 %  2.31/s  ETA 58:50  3 rejected  1 failed". A pure function.
std::string progress_text(const std::string& stage, const ProgressCounts& counts, double elapsed_s);

// stderr shared between log lines and one line of progress: on a terminal the line is redrawn below the log,
// twice a second; elsewhere one is printed every 10 s. Thread-safe.
class Progress {
 public:
  // `note` gives the line's tail; it is called from the progress thread. Not `enabled`: log lines only.
  Progress(std::string stage, bool enabled, std::function<std::string()> note);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(const ProgressCounts& counts);
  void print_line(std::string_view text);  // above the progress line
  void finish();                           // removes the line, stops the thread

 private:
  void run();
  void draw(const std::string& text);  // needs the lock
  void clear();                        // needs the lock

  const std::string stage_;
  const bool enabled_, terminal_;
  const std::function<std::string()> note_;
  std::mutex mutex_;
  std::condition_variable wake_;
  ProgressCounts counts_;
  double started_s_ = 0;
  bool drawn_ = false, stop_ = false;
  std::thread thread_;
};

// Sends spdlog's default logger to `progress` while one lives; afterwards to stderr as before.
class LogThroughProgress {
 public:
  explicit LogThroughProgress(Progress& progress);
  ~LogThroughProgress();
  LogThroughProgress(const LogThroughProgress&) = delete;
  LogThroughProgress& operator=(const LogThroughProgress&) = delete;
};

}  // namespace funcorr
