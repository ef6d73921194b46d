#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <sys/types.h>

#include "db/format/descriptor.h"

namespace funcorr {

struct Pipe {
  Descriptor read, write;  // both closed in programs that are started
};
Pipe make_pipe();  // throws EnvironmentError
// What comes until the other end is closed.
std::string read_all(const Descriptor& from);

// What a program begins with, beside its arguments.
struct ChildSetup {
  std::string name{};                              // argv[0]; empty: the program's path
  std::vector<std::pair<int, int>> descriptors{};  // one of ours and its number there: {pipe, STDOUT_FILENO}
  std::vector<std::string> variables{};            // "NAME=value", before those of ours of the same names
  std::vector<int> blocked_signals{};              // no other is blocked
  bool own_group = false;  // a process group of its own, beyond the terminal's signals
  int dies_with_us = 0;    // signal that it gets when the thread that started it ends; 0: none
};

// The exit status of a program that could not begin, as the loader and the shells have it.
inline constexpr int kNotBegun = 127;

// How a program ended.
struct ChildEnd {
  int exit_status = 0;
  int signal = 0;  // that killed it; 0: it exited
  rusage usage{};  // of it and of those that it waited for
};

// A program that runs beside this one; killed where nobody waited for its end.
class ChildProcess {
 public:
  ChildProcess() = default;
  // Starts it; a program without a slash is looked for as shells do. Descriptors that are close-on-exec and
  // not named in `setup` are closed in it, handled signals are back to what they do by themselves. Throws
  // EnvironmentError "starting <name>: …" where it cannot be started.
  ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
               const ChildSetup& setup = {});
  ~ChildProcess() { end(); }
  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  pid_t pid() const { return pid_; }  // −1: it was waited for
  bool running() const;               // it has not ended; a call of its own for whoever waits later
  void kill(int signal) const;        // nothing where it was waited for
  ChildEnd wait();
  std::optional<ChildEnd> poll();  // nothing while it runs

 private:
  std::optional<ChildEnd> wait_with(int options);
  void end();
  pid_t pid_ = -1;
};

}  // namespace funcorr
