#include "pipeline/driver/process.h"

#include <csignal>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "db/format/descriptor.h"
#include "pipeline/child_process.h"

namespace funcorr {
namespace {

sigset_t waited_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGTSTP, SIGCONT}) sigaddset(&signals, signal);
  return signals;
}

// It has a process group of its own, and no signal blocked.
ChildProcess start(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                   std::vector<std::pair<int, int>> descriptors) {
  return {program,
          arguments,
          {.descriptors = std::move(descriptors), .own_group = true, .dies_with_us = SIGTERM}};
}

void stop_together(pid_t child) {
  kill(-child, SIGSTOP);
  raise(SIGSTOP);  // until SIGCONT, which then goes to the child as well
}

ProgramEnd wait_for(ChildProcess child) {
  const sigset_t signals = waited_signals();
  ProgramEnd end;
  while (true) {
    if (const auto ended = child.poll()) {
      end.signal = ended->signal;
      end.exit_status = end.signal != 0 ? 128 + end.signal : ended->exit_status;
      return end;
    }
    siginfo_t info;
    const int signal = sigwaitinfo(&signals, &info);
    if (signal == SIGTSTP) stop_together(child.pid());
    if (signal == SIGCONT) kill(-child.pid(), SIGCONT);
    if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP) {
      end.interrupted = true;
      child.kill(signal);
    }
  }
}

}  // namespace

void block_signals() {
  const sigset_t signals = waited_signals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
}

bool interrupt_pending() {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
         sigismember(&pending, SIGHUP) == 1;
}

ProgramEnd run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  return wait_for(start(program, arguments, {}));
}

ProgramEnd run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                       std::string& output, Errors errors) {
  Pipe printed = make_pipe();
  const Descriptor nothing(errors == Errors::kDropped ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1);
  std::vector<std::pair<int, int>> descriptors{{printed.write.get(), STDOUT_FILENO}};
  if (nothing.open()) descriptors.emplace_back(nothing.get(), STDERR_FILENO);
  ChildProcess child = start(program, arguments, std::move(descriptors));
  printed.write = {};
  output += read_all(printed.read);
  return wait_for(std::move(child));
}

std::filesystem::path executable_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

}  // namespace funcorr
