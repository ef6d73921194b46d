#include "train/distributed/training_processes.h"

#include <stdexcept>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "db/dataset/run_folder.h"
#include "db/format/descriptor.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<std::string> environment_of(const ProcessPlace& place) {
  return {"RANK=" + std::to_string(place.rank), "LOCAL_RANK=" + std::to_string(place.local_rank),
          "WORLD_SIZE=" + std::to_string(place.processes), "MASTER_ADDR=" + place.address,
          "MASTER_PORT=" + std::to_string(place.port)};
}

RunOutcome outcome_of(const TrainingJob& job, const TrainingHooks& hooks, ProcessGroup* group) {
  try {
    return {train_job(job, hooks, group).finished ? RunOutcome::End::kFinished : RunOutcome::End::kStopped};
  } catch (const TrainingDiverged& error) {
    return {RunOutcome::End::kDiverged, fmt::format("{}; look at its batch with: funcorr-train --replay {}",
                                                    error.what(), error.batch.string())};
  }
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

RunOutcome TrainingProcesses::train_with_others(const TrainingJob& job, const TrainingHooks& hooks) {
  try {
    if (!group_) start_others(job.resources.processes);
    group_->share(json(job).dump());
    return outcome_of(job, hooks, group_.get());
  } catch (const std::exception& error) {
    return {RunOutcome::End::kFailed, error.what()};
  }
}

RunOutcome TrainingProcesses::train(const TrainingJob& job, TrainingHooks hooks,
                                    const std::function<void(const Run&)>& on_change) {
  Run run{job.run, json(job.config).dump(), RunState::kRunning, 0, job.config.steps, 0, {}};
  on_change(run);
  hooks.on_point = [&](const CurvePoint& point) {
    run.step = point.step;
    run.loss = point.values.at("loss");
    on_change(run);
  };
  const auto ends_as = [&](RunState state) {
    run.state = state;
    on_change(run);
  };
  const bool are_several = group_ || job.resources.processes > 1;
  RunOutcome outcome;
  try {
    outcome = are_several ? train_with_others(job, hooks) : outcome_of(job, hooks, nullptr);
  } catch (const std::exception&) {
    ends_as(RunState::kFailed);
    throw;
  }
  if (outcome.end == RunOutcome::End::kStopped) return outcome;
  if (outcome.end == RunOutcome::End::kFinished) {
    const Workspace workspace{job.workspace};
    run.checkpoint = fs::relative(final_checkpoint_path(workspace.run(job.run)), workspace.root);
    ends_as(RunState::kDone);
    return outcome;
  }
  ends_as(RunState::kFailed);
  outcome.others_are_lost = are_several;
  group_.reset();
  started_.clear();
  return outcome;
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
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no free port on this machine's loopback address");
  return ntohs(address.sin_port);
}

}  // namespace funcorr
