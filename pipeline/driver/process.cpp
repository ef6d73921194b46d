#include "pipeline/driver/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/format/descriptor.h"
#include "pipeline/options.h"

namespace funcorr {
namespace {

sigset_t waited_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGTSTP, SIGCONT}) sigaddset(&signals, signal);
  return signals;
}

[[noreturn]] void become(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                         int output_fd, Errors errors) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (output_fd >= 0) dup2(output_fd, STDOUT_FILENO);
  const int null = errors == Errors::kDropped ? open("/dev/null", O_WRONLY) : -1;
  if (null >= 0) dup2(null, STDERR_FILENO);
  std::string name = program.string();
  std::vector<std::string> copies = arguments;
  std::vector<char*> argv{name.data()};
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execv(name.c_str(), argv.data());
  const std::string message = "funcorr: cannot start " + name + ": " + std::strerror(errno) + "\n";
  (void)!write(STDERR_FILENO, message.data(), message.size());
  _exit(127);
}

pid_t start(const std::filesystem::path& program, const std::vector<std::string>& arguments, int output_fd,
            Errors errors) {
  const pid_t child = fork();
  if (child < 0) throw EnvironmentError("cannot start " + program.string() + ": " + std::strerror(errno));
  if (child == 0) become(program, arguments, output_fd, errors);
  setpgid(child, child);
  return child;
}

void stop_together(pid_t child) {
  kill(-child, SIGSTOP);
  raise(SIGSTOP);  // until SIGCONT, which then goes to the child as well
}

ProgramEnd wait_for(pid_t child) {
  const sigset_t signals = waited_signals();
  ProgramEnd end;
  while (true) {
    int status = 0;
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) {
      if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
      end.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + end.signal;
      return end;
    }
    siginfo_t info;
    const int signal = sigwaitinfo(&signals, &info);
    if (signal == SIGTSTP) stop_together(child);
    if (signal == SIGCONT) kill(-child, SIGCONT);
    if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP) {
      end.interrupted = true;
      kill(child, signal);
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
  return wait_for(start(program, arguments, -1, Errors::kShown));
}

ProgramEnd run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                       std::string& output, Errors errors) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw EnvironmentError("cannot start " + program.string() + ": " + std::strerror(errno));
  }
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  const pid_t child = start(program, arguments, writing.get(), errors);
  writing = {};
  std::array<char, 4096> buffer{};
  ssize_t count = 0;
  while ((count = read(reading.get(), buffer.data(), buffer.size())) > 0 || (count < 0 && errno == EINTR)) {
    if (count > 0) output.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return wait_for(child);
}

std::filesystem::path executable_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

}  // namespace funcorr
