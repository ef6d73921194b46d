#include "pipeline/signals.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <stdexcept>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "pipeline/exit_status.h"

namespace funcorr {
namespace {

constexpr std::array<int, 3> kStopping = {SIGINT, SIGTERM, SIGHUP};

// A signal handler reaches nothing but static state.
std::atomic<int> signals_seen{0};
static_assert(std::atomic<int>::is_always_lock_free);
std::array<int, 2> wake_pipe = {-1, -1};

void on_signal(int) {
  const int saved = errno;
  if (signals_seen.fetch_add(1) > 0) ::_exit(kInterrupted);
  const char byte = 0;
  [[maybe_unused]] const auto written = ::write(wake_pipe[1], &byte, 1);
  errno = saved;
}

void set_handlers(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  sigset_t unblock;
  ::sigemptyset(&unblock);
  for (const int number : kStopping) {
    ::sigaction(number, &action, nullptr);
    ::sigaddset(&unblock, number);
  }
  ::pthread_sigmask(SIG_UNBLOCK, &unblock, nullptr);
}

}  // namespace

StopSignals::StopSignals() {
  if (::pipe2(wake_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    throw std::runtime_error("cannot make a pipe for signals");
  signals_seen = 0;
  set_handlers(on_signal);
  ::signal(SIGPIPE, SIG_IGN);
}

StopSignals::~StopSignals() {
  ::signal(SIGPIPE, SIG_DFL);
  set_handlers(SIG_DFL);
  for (int& fd : wake_pipe) ::close(fd);
}

bool StopSignals::stop_requested() const { return signals_seen.load() > 0; }
int StopSignals::wake_descriptor() const { return wake_pipe[0]; }

}  // namespace funcorr
