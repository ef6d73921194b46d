#include "pipeline/worker_pool.h"

#include <algorithm>
#include <cmath>

#include "pipeline/options.h"

namespace funcorr {
namespace {

constexpr double kShortItem_s = 0.5;  // sent ahead; a longer one could keep an item from an idle worker
constexpr int kFailedStartsAllowed = 3;

}  // namespace

WorkerPool::WorkerPool(WorkerSettings settings, int workers)
    : settings_(std::move(settings)), workers_limit_(static_cast<std::size_t>(std::max(1, workers))) {}

std::size_t WorkerPool::in_flight() const {
  std::size_t count = waiting_.size();
  for (const auto& worker : workers_) count += worker->in_flight();
  return count;
}

std::size_t WorkerPool::room() const {
  const std::size_t wanted = workers_limit_ * (mean_seconds_ < kShortItem_s ? 2 : 1);
  return wanted - std::min(wanted, in_flight());
}

void WorkerPool::submit(Job job) { waiting_.push_back(std::move(job)); }

WorkerProcess* WorkerPool::freest_worker() {
  WorkerProcess* best = nullptr;
  for (const auto& worker : workers_) {
    if (worker->accepts_jobs() && (!best || worker->in_flight() < best->in_flight())) best = worker.get();
  }
  return best;
}

void WorkerPool::dispatch() {
  const std::size_t ahead = mean_seconds_ < kShortItem_s ? 2 : 1;
  while (!waiting_.empty()) {
    WorkerProcess* worker = freest_worker();
    if ((!worker || worker->in_flight() > 0) && workers_.size() < workers_limit_) {
      workers_.push_back(std::make_unique<WorkerProcess>(settings_));
      worker = workers_.back().get();
    }
    if (!worker || worker->in_flight() >= ahead) return;
    worker->give(std::move(waiting_.front()));
    waiting_.pop_front();
  }
}

void WorkerPool::poll_workers(double timeout_s, int wake_descriptor) {
  std::vector<pollfd> polls = {{wake_descriptor, POLLIN, 0}};
  Clock::time_point until =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(std::clamp(timeout_s, 0.0, 3600.0)));
  for (const auto& worker : workers_) {
    worker->add_polls(polls);
    if (const auto deadline = worker->deadline()) until = std::min(until, *deadline);
  }
  const double left_ms = std::chrono::duration<double, std::milli>(until - Clock::now()).count();
  ::poll(polls.data(), polls.size(), static_cast<int>(std::ceil(std::max(0.0, left_ms))));
}

std::vector<Attempt> WorkerPool::wait(double timeout_s, int wake_descriptor) {
  dispatch();
  poll_workers(timeout_s, wake_descriptor);
  std::vector<Attempt> attempts;
  for (const auto& worker : workers_) {
    for (Attempt& attempt : worker->exchange()) {
      mean_seconds_ = mean_seconds_ > 1e8 ? attempt.seconds : 0.8 * mean_seconds_ + 0.2 * attempt.seconds;
      attempts.push_back(std::move(attempt));
    }
    worker->enforce_time_limit();
    if (worker->ready()) failed_starts_ = 0;
    if (worker->ended()) bury(*worker, attempts);
  }
  std::erase_if(workers_, [](const auto& worker) { return worker->ended(); });
  dispatch();
  return attempts;
}

void WorkerPool::bury(WorkerProcess& worker, std::vector<Attempt>& attempts) {
  if (!worker.fatal().empty())
    throw EnvironmentError("starting a worker of " + settings_.program + ": " + worker.fatal());
  if (!worker.ready() && ++failed_starts_ >= kFailedStartsAllowed) {
    throw EnvironmentError("workers of " + settings_.program + " do not start: " + worker.last_words() +
                           "; is memory_limit_mb (" + std::to_string(settings_.context.memory_bytes >> 20) +
                           " MB) too small?");
  }
  if (auto lost = worker.lost_attempt()) attempts.push_back(std::move(*lost));
  for (Job& job : worker.untouched_jobs()) waiting_.push_front(std::move(job));
}

void WorkerPool::kill_all() {
  workers_.clear();
  waiting_.clear();
}

}  // namespace funcorr
