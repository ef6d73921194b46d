#pragma once

#include <string>

#include <sys/types.h>

namespace funcorr {

// An HTTP/1.1 server in a process of its own that gives every POST the same chat completion: after
// `latency_s`, `slots` of them at the same time, the others in the order of their arrival. Costs some
// microseconds a request, so that the client is what is measured.
class CannedServer {
 public:
  // `cpu`: the only one it runs on; −1: any. Forks: call it before threads are made.
  CannedServer(double latency_s, int slots, int cpu = -1);
  ~CannedServer();
  CannedServer(const CannedServer&) = delete;
  CannedServer& operator=(const CannedServer&) = delete;
  double processor_s() const;  // that it has used so far
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }

 private:
  int port_ = 0;
  pid_t process_ = -1;
};

}  // namespace funcorr
