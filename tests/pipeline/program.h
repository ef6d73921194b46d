#pragma once

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/temporary_folder.h"
#include "tests/wait_until.h"

namespace funcorr::tests {

// A program that runs, its outputs gathered in files.
class Program {
 public:
  Program(const std::string& file, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), file);
    const std::string out = (outputs_ / "out").string(), err = (outputs_ / "err").string();
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    ::execv(file.c_str(), pointers.data());
    ::_exit(127);
  }
  ~Program() {
    if (pid_ > 0) kill(SIGKILL), wait();
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  void kill(int signal) const { ::kill(pid_, signal); }
  // Exit status, or minus the signal that killed it.
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  bool running() const {
    siginfo_t state = {};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &state, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           state.si_pid == 0;
  }
  std::vector<pid_t> children() const {
    std::ifstream stream("/proc/" + std::to_string(pid_) + "/task/" + std::to_string(pid_) + "/children");
    return {std::istream_iterator<pid_t>(stream), {}};
  }
  std::string out() const { return read_text(outputs_ / "out"); }
  std::string err() const { return read_text(outputs_ / "err"); }

 private:
  TemporaryFolder outputs_;
  pid_t pid_ = -1;
};

struct Ran {
  int status = 0;
  std::string out, err;
};

inline Ran run(const std::string& file, const std::vector<std::string>& arguments) {
  Program program(file, arguments);
  const int status = program.wait();
  return {status, program.out(), program.err()};
}

#ifdef FUNCORR_FAKE_STAGE
// The fake stage on a workspace; retries without long pauses.
inline std::vector<std::string> fake_arguments(const std::filesystem::path& workspace,
                                               const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {
      "--workspace", workspace.string(),   "--workers", "2", "--retry-delay-s",
      "0.02",        "--min-free-disk-mb", "1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}
inline Ran run_fake(const std::filesystem::path& workspace, const std::vector<std::string>& more) {
  return run(FUNCORR_FAKE_STAGE, fake_arguments(workspace, more));
}
#endif

// The value of a line "name: value" of /proc/PID/status.
inline std::string process_status(pid_t pid, const std::string& name) {
  std::ifstream stream("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with(name + ":")) return line.substr(name.size() + 2);
  return "";
}

// Whether the signal was sent to the process, which did not take it up yet.
inline bool is_pending(pid_t pid, int signal) {
  const std::string mask = process_status(pid, "ShdPnd");
  return !mask.empty() && (std::stoull(mask, nullptr, 16) >> (signal - 1) & 1) != 0;
}

// Whether the process waits for something.
inline bool is_asleep(pid_t pid) { return process_status(pid, "State").starts_with("S"); }

}  // namespace funcorr::tests
