#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <httplib.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace funcorr::tests {

// Another program, ended with the test.
class ServerProcess {
 public:
  // `speaks`: its first line of output is waited for.
  explicit ServerProcess(const std::vector<std::string>& command, bool speaks = true) {
    std::array<int, 2> pipe_ends{};
    if (pipe(pipe_ends.data()) != 0) throw std::runtime_error("no pipe");
    process_ = fork();
    if (process_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(pipe_ends[1], STDOUT_FILENO);
      std::vector<char*> arguments;
      for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
      arguments.push_back(nullptr);
      execv(arguments[0], arguments.data());
      _exit(127);
    }
    close(pipe_ends[1]);
    char letter = 0;
    while (speaks && read(pipe_ends[0], &letter, 1) == 1 && letter != '\n') first_line_ += letter;
    output_ = pipe_ends[0];
  }
  ~ServerProcess() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    close(output_);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  const std::string& first_line() const { return first_line_; }

 private:
  pid_t process_ = -1;
  int output_ = -1;
  std::string first_line_;
};

// funcorr-simulated-server, and what it would charge.
class SimulatedServerProcess {
 public:
  explicit SimulatedServerProcess(const std::vector<std::string>& options) : process_(command(options)) {}
  std::string url() const { return process_.first_line(); }
  nlohmann::json bill() const {
    httplib::Client client(url().substr(0, url().rfind("/v1")));
    client.set_read_timeout(60);
    const auto answer = client.Get("/billing");
    if (!answer) throw std::runtime_error("the simulated server does not tell its bill");
    return nlohmann::json::parse(answer->body);
  }

 private:
  static std::vector<std::string> command(const std::vector<std::string>& options) {
    std::vector<std::string> words{FUNCORR_SIMULATED_SERVER};
    words.insert(words.end(), options.begin(), options.end());
    return words;
  }
  ServerProcess process_;
};

// Of the loopback.
inline int free_port() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0) throw std::runtime_error("bind");
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  close(listener);
  return ntohs(address.sin_port);
}

// Until somebody listens there.
inline bool wait_for(int port, double seconds = 6) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < seconds / 0.02; ++i) {
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    const bool connected = connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(client);
    if (connected) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

// How much of a test that can be long: from the environment, else `otherwise`.
inline int amount(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::atoi(text) : otherwise;
}

}  // namespace funcorr::tests
