#include "train/distributed/training_processes.h"

#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace funcorr {
namespace {

using nlohmann::json;

std::vector<std::string> environment_of(const ProcessPlace& place) {
  return {"RANK=" + std::to_string(place.rank), "LOCAL_RANK=" + std::to_string(place.local_rank),
          "WORLD_SIZE=" + std::to_string(place.processes), "MASTER_ADDR=" + place.address,
          "MASTER_PORT=" + std::to_string(place.port)};
}

}  // namespace

TrainingProcesses::TrainingProcesses(const ProcessPlace& place, StartProcess start)
    : start_(std::move(start)) {
  if (place.processes > 1) group_ = std::make_unique<ProcessGroup>(place);
}

void TrainingProcesses::start_others(int processes) {
  ProcessPlace place;
  place.processes = processes;
  place.port = free_port();
  try {
    for (place.rank = place.local_rank = 1; place.rank < processes; place.local_rank = ++place.rank)
      started_.push_back(start_(environment_of(place)));
    place.rank = place.local_rank = 0;
    group_ = std::make_unique<ProcessGroup>(place);
  } catch (const std::exception&) {
    for (const auto& process : started_) process->kill();
    started_.clear();
    throw;
  }
}

TrainingOutcome TrainingProcesses::train(const TrainingJob& job, const TrainingHooks& hooks) {
  if (!are_several(job)) return train_job(job, hooks);
  if (!group_) start_others(job.resources.processes);
  try {
    group_->share(json(job).dump());
    return train_job(job, hooks, group_.get());
  } catch (const std::exception&) {
    group_.reset();
    started_.clear();
    throw;
  }
}

void TrainingProcesses::dismiss() {
  if (!group_) return;
  group_->share({});
  group_->any(false);  // all have read it: the meeting point may close
}

void follow(ProcessGroup& group) {
  for (std::string text = group.share({}); !text.empty(); text = group.share({}))
    train_job(json::parse(text).get<TrainingJob>(), {}, &group);
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
