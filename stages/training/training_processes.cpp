#include "stages/training/training_processes.h"

#include <csignal>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/format/artifact.h"
#include "pipeline/data_file.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<std::string> environment_of(const ProcessPlace& place) {
  std::vector<std::string> variables{
      "RANK=" + std::to_string(place.rank), "LOCAL_RANK=" + std::to_string(place.local_rank),
      "WORLD_SIZE=" + std::to_string(place.processes), "MASTER_ADDR=" + place.address,
      "MASTER_PORT=" + std::to_string(place.port)};
  for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  return variables;
}

pid_t start_process(const ProcessPlace& place) {
  std::string program = executable_file().string();
  std::vector<std::string> variables = environment_of(place);
  std::vector<char*> arguments{program.data(), nullptr}, environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  pid_t pid = 0;
  if (const int error =
          ::posix_spawn(&pid, program.c_str(), nullptr, nullptr, arguments.data(), environment.data()))
    throw std::runtime_error("cannot start " + program + ": " + std::generic_category().message(error));
  return pid;
}

}  // namespace

TrainingProcesses::TrainingProcesses(int processes) {
  ProcessPlace place;
  place.processes = processes;
  place.port = free_port();
  try {
    for (place.rank = place.local_rank = 1; place.rank < processes; place.local_rank = ++place.rank)
      started_.push_back(start_process(place));
    place.rank = place.local_rank = 0;
    group_ = std::make_unique<ProcessGroup>(place);
  } catch (const std::exception&) {
    for (const pid_t pid : started_) ::kill(pid, SIGKILL);
    wait_for_started();
    throw;
  }
}

TrainingProcesses::~TrainingProcesses() {
  group_.reset();
  wait_for_started();
}

void TrainingProcesses::wait_for_started() {
  for (const pid_t pid : started_) ::waitpid(pid, nullptr, 0);
}

void TrainingProcesses::start(const Workspace& workspace, const TrainingJob& job) {
  group_->share(json{{"workspace", fs::absolute(workspace.root).string()}, {"job", to_json(job)}}.dump());
}

void TrainingProcesses::dismiss() {
  group_->share({});
  group_->any(false);  // all have read it: the meeting point may close
}

void follow(ProcessGroup& group) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // killed with who started it, whose place nobody takes
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  for (std::string text = group.share({}); !text.empty(); text = group.share({})) {
    const json message = json::parse(text);
    const Workspace workspace{message.at("workspace").get<std::string>()};
    const TrainingJob job = training_job_from_json(message.at("job"));
    TrainingHooks hooks;
    hooks.write_artifact = [](const fs::path& file, const auto& write) { write_artifact(file, write); };
    train_model(job.config, job.resources, training_files(workspace, job), workspace.run(job.run), hooks,
                &group);
  }
  group.any(false);
}

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(socket);
  if (!bound) throw std::runtime_error("no free port on this machine's loopback address");
  return ntohs(address.sin_port);
}

}  // namespace funcorr
