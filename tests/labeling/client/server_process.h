#pragma once

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <httplib.h>
#include <nlohmann/json.hpp>
#include <sys/prctl.h>
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

// How much of a test that can be long: from the environment, else `otherwise`.
inline int amount(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::atoi(text) : otherwise;
}

}  // namespace funcorr::tests
