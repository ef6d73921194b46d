#include "pipeline/child_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/format/error.h"

namespace funcorr {
namespace {

constexpr int kAboveTargets = 64;  // descriptors are put out of the way of the numbers they get

// All that the child needs, made before it is there: between fork() and exec() it must not allocate.
struct Prepared {
  std::string program, name;
  std::vector<std::string> arguments, variables;
  std::vector<char*> argv, envp;
  std::vector<std::pair<int, int>> descriptors;
  sigset_t mask{};
  bool own_group = false;
  int dies_with_us = 0;
  pid_t parent = ::getpid();
};

Prepared prepared(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                  const ChildSetup& setup) {
  Prepared all;
  all.program = program.string();
  all.name = setup.name.empty() ? all.program : setup.name;
  all.arguments = arguments;
  all.variables = setup.variables;
  all.descriptors = setup.descriptors;
  all.own_group = setup.own_group;
  all.dies_with_us = setup.dies_with_us;
  ::sigemptyset(&all.mask);
  for (const int number : setup.blocked_signals) ::sigaddset(&all.mask, number);
  return all;
}

// Into the object where it stays: short strings move with it.
void point_to_texts(Prepared& all) {
  all.argv.push_back(all.name.data());
  for (std::string& argument : all.arguments) all.argv.push_back(argument.data());
  all.argv.push_back(nullptr);
  for (std::string& variable : all.variables)
    all.envp.push_back(variable.data());  // the first of a name counts
  for (char** variable = environ; *variable != nullptr; ++variable) all.envp.push_back(*variable);
  all.envp.push_back(nullptr);
}

// A signal that comes before exec() must not run our handler, whose pipe it would share.
void forget_handlers() {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action = {};
    if (::sigaction(number, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = SIG_DFL;
    ::sigaction(number, &action, nullptr);
  }
}

bool take_descriptors(std::vector<std::pair<int, int>>& descriptors) {
  for (auto& [ours, number] : descriptors) {
    ours = ::fcntl(ours, F_DUPFD_CLOEXEC, kAboveTargets);
    if (ours < 0) return false;
  }
  for (const auto& [ours, number] : descriptors)
    if (::dup2(ours, number) < 0) return false;
  return true;
}

// In the child: becomes the program, or tells why not.
[[noreturn]] void become(Prepared& all, int report) {
  if (all.own_group) ::setpgid(0, 0);
  if (all.dies_with_us != 0) {
    ::prctl(PR_SET_PDEATHSIG, all.dies_with_us);
    if (::getppid() != all.parent) ::_exit(kNotBegun);  // it ended before it could be told
  }
  forget_handlers();
  if (take_descriptors(all.descriptors)) {
    ::sigprocmask(SIG_SETMASK, &all.mask, nullptr);
    ::execvpe(all.program.c_str(), all.argv.data(), all.envp.data());
  }
  const int reason = errno;
  [[maybe_unused]] const auto written = ::write(report, &reason, sizeof reason);
  ::_exit(kNotBegun);
}

// What a child that could not become the program reports; 0: it has become it.
int failure_from(const Descriptor& report) {
  int reason = 0;
  ssize_t size = 0;
  while ((size = ::read(report.get(), &reason, sizeof reason)) < 0 && errno == EINTR) {
  }
  return size == sizeof reason ? reason : 0;
}

[[noreturn]] void fail(const std::string& name, int reason) {
  throw EnvironmentError("starting " + name + ": " + std::strerror(reason));
}

}  // namespace

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw EnvironmentError(std::string("making a pipe: ") + std::strerror(errno));
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

std::string read_all(const Descriptor& from) {
  std::string text;
  std::array<char, 4096> bytes{};
  ssize_t size = 0;
  while ((size = ::read(from.get(), bytes.data(), bytes.size())) > 0 || (size < 0 && errno == EINTR))
    if (size > 0) text.append(bytes.data(), static_cast<std::size_t>(size));
  return text;
}

ChildProcess::ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                           const ChildSetup& setup) {
  Prepared all = prepared(program, arguments, setup);
  point_to_texts(all);
  Pipe report = make_pipe();
  sigset_t every, before;
  ::sigfillset(&every);
  ::pthread_sigmask(SIG_SETMASK, &every, &before);
  pid_ = ::fork();
  const int fork_failed = errno;
  if (pid_ == 0) become(all, report.write.get());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid_ < 0) fail(all.name, fork_failed);
  report.write = {};
  if (const int reason = failure_from(report.read); reason != 0) {
    wait();
    fail(all.name, reason);
  }
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

bool ChildProcess::running() const {
  siginfo_t state = {};
  return pid_ > 0 && ::waitid(P_PID, static_cast<id_t>(pid_), &state, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         state.si_pid == 0;
}

void ChildProcess::kill(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

ChildEnd ChildProcess::wait() { return wait_with(0).value_or(ChildEnd{}); }

std::optional<ChildEnd> ChildProcess::poll() { return wait_with(WNOHANG); }

std::optional<ChildEnd> ChildProcess::wait_with(int options) {
  if (pid_ <= 0) return std::nullopt;
  ChildEnd end;
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::wait4(pid_, &status, options, &end.usage)) < 0 && errno == EINTR) {
  }
  if (ended == 0) return std::nullopt;
  pid_ = -1;
  if (ended < 0) end.exit_status = kNotBegun;  // somebody else waited for it
  if (ended > 0 && WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  if (ended > 0 && WIFEXITED(status)) end.exit_status = WEXITSTATUS(status);
  return end;
}

void ChildProcess::end() {
  kill(SIGKILL);
  wait();
}

}  // namespace funcorr
