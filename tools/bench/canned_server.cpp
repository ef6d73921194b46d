#include "tools/bench/canned_server.h"

#include <array>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <map>
#include <stdexcept>
#include <string_view>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/format/descriptor.h"

namespace funcorr {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kBody =
    R"({"id":"chatcmpl-1","object":"chat.completion","created":0,"model":"m","choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":"[[123,234,345,456]]","refusal":null},"logprobs":null,)"
    R"("finish_reason":"stop"}],"usage":{"prompt_tokens":40,"completion_tokens":12,"total_tokens":52}})";

class Loop {
 public:
  Loop(int listener, double latency_s, int slots)
      : listener_(listener), epoll_(epoll_create1(EPOLL_CLOEXEC)), latency_(latency_s), slots_(slots) {
    response_ = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(kBody.size()) + "\r\n\r\n";
    response_ += kBody;
    watch(listener_);
  }

  [[noreturn]] void run() {
    while (true) {
      std::array<epoll_event, 256> events{};
      const int count = epoll_wait(epoll_.get(), events.data(), events.size(), wait_ms());
      for (int i = 0; i < count; ++i) {
        const int socket = events[static_cast<std::size_t>(i)].data.fd;
        if (socket == listener_)
          accept_one();
        else
          receive(socket);
      }
      answer_due();
    }
  }

 private:
  void watch(int socket) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event);
  }

  int wait_ms() const {
    if (serving_.empty()) return -1;
    const double left = std::chrono::duration<double>(serving_.front().first - Clock::now()).count();
    return left <= 0 ? 0 : static_cast<int>(left * 1000);  // the rest of a millisecond is waited for busily
  }

  void accept_one() {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(socket);
  }

  void receive(int socket) {
    const ssize_t count = read(socket, buffer_.data(), buffer_.size());
    std::string& text = received_[socket];
    if (count <= 0) {
      close(socket);
      received_.erase(socket);
      return;
    }
    text.append(buffer_.data(), static_cast<std::size_t>(count));
    const std::size_t head = text.find("\r\n\r\n");
    if (head == std::string::npos) return;
    const std::size_t length = text.find("Content-Length: ");
    const std::size_t body = length < head ? std::strtoul(text.c_str() + length + 16, nullptr, 10) : 0;
    if (text.size() < head + 4 + body) return;
    text.clear();
    waiting_.push_back(socket);
    serve_waiting();
  }

  void serve_waiting() {
    while (!waiting_.empty() && static_cast<int>(serving_.size()) < slots_) {
      serving_.emplace_back(
          Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(latency_)),
          waiting_.front());
      waiting_.pop_front();
    }
  }

  void answer_due() {
    while (!serving_.empty() && serving_.front().first <= Clock::now()) {
      [[maybe_unused]] const auto sent =
          send(serving_.front().second, response_.data(), response_.size(), MSG_NOSIGNAL);
      serving_.pop_front();
      serve_waiting();
    }
  }

  int listener_;
  Descriptor epoll_;
  double latency_;
  int slots_;
  std::string response_;
  std::array<char, 1 << 16> buffer_{};
  std::map<int, std::string> received_;
  std::deque<int> waiting_;
  std::deque<std::pair<Clock::time_point, int>>
      serving_;  // in the order of their ends: all take equally long
};

}  // namespace

CannedServer::CannedServer(double latency_s, int slots, int cpu) {
  const Descriptor listener(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (!listener.open() || bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener.get(), 4096) != 0 ||
      getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("cannot listen on 127.0.0.1");
  port_ = ntohs(address.sin_port);
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (cpu >= 0) {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(static_cast<unsigned>(cpu), &one);
      sched_setaffinity(0, sizeof one, &one);
    }
    Loop(listener.get(), latency_s, slots).run();
  }
  if (process_ < 0) throw std::runtime_error("cannot fork");
}

double CannedServer::processor_s() const {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(process_, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

CannedServer::~CannedServer() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

}  // namespace funcorr
