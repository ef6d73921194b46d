#pragma once

#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "tools/simulated_server/server.h"

namespace funcorr::tests {

// A simulated server that runs as long as the object lives.
class RunningServer {
 public:
  explicit RunningServer(SimulatedServerOptions options)
      : server_(std::move(options)), port_(server_.bind(0)), thread_([this] { server_.serve(); }) {}
  ~RunningServer() {
    server_.stop();
    thread_.join();
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  std::string url() const { return fmt::format("http://127.0.0.1:{}/v1", port_); }
  SimulatedBill bill() const { return server_.bill(); }

 private:
  SimulatedServer server_;
  int port_;
  std::thread thread_;
};

}  // namespace funcorr::tests
