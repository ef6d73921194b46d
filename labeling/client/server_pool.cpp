#include "labeling/client/server_pool.h"

#include <algorithm>

#include "db/format/backoff.h"

namespace funcorr {
namespace {

constexpr int kFailuresToOpen = 5, kUselessToOpen = 8;
constexpr Backoff kPause{.first_delay_s = 1, .max_delay_s = 60};

}  // namespace

void CircuitBreaker::succeeded() { *this = {}; }

void CircuitBreaker::failed(double now) {
  ++failures_;
  const bool again = open_ && probing_;
  if (again || (!open_ && failures_ >= kFailuresToOpen)) open(now);
}

void CircuitBreaker::answered_uselessly(double now) {
  ++useless_;
  useless_on_probation_ += on_probation() ? 1 : 0;
  if (!open_ && (on_probation() || useless_ >= kUselessToOpen)) open(now);
}

void CircuitBreaker::open(double now) {
  open_ = true;
  probing_ = false;
  open_until_ = now + doubled_delay(kPause, ++times_opened_);
}

void CircuitBreaker::looks_well() {
  open_ = probing_ = false;
  failures_ = kFailuresToOpen - 1;
}

bool CircuitBreaker::wants_probe(double now) {
  if (!open_ || probing_ || now < open_until_) return false;
  probing_ = true;
  return true;
}

ServerPool::ServerPool(const Provider& provider, const nlohmann::json& learned) {
  for (const Server& server : provider.servers) {
    const double width = learned.is_object() ? learned.value(server.base_url, 0.0) : 0.0;
    members_.push_back({server, ConcurrencyWindow(provider.limits.concurrency, width)});
  }
}

int ServerPool::take() {
  int best = -1;
  double least = 0;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Member& member = members_[i];
    if (!member.breaker.closed() || member.in_flight >= member.room()) continue;
    const double load = (member.in_flight + 1) / member.server.weight;
    if (best >= 0 && load >= least) continue;
    best = static_cast<int>(i);
    least = load;
  }
  if (best >= 0) ++members_[static_cast<std::size_t>(best)].in_flight;
  return best;
}

void ServerPool::give_back(int index, const Verdict& verdict, bool answered, double now) {
  Member& member = members_[static_cast<std::size_t>(index)];
  member.window.ended(verdict.overloaded, member.in_flight >= member.window.size());
  --member.in_flight;
  member.last_error = verdict.message;
  if (answered) last_answer_ = now;
  if (!verdict.server_ill && !verdict.useless) last_well_ = now;
  if (verdict.useless)
    member.breaker.answered_uselessly(now);
  else if (verdict.server_ill)
    member.breaker.failed(now);
  else if (member.breaker.closed())
    member.breaker.succeeded();
}

int ServerPool::room() const {
  int room = 0;
  for (const Member& member : members_)
    if (member.breaker.closed()) room += std::max(0, member.room() - member.in_flight);
  return room;
}

int ServerPool::capacity() const {
  int capacity = 0;
  for (const Member& member : members_)
    if (member.breaker.closed()) capacity += member.room();
  return capacity;
}

bool ServerPool::all_ill() const {
  return std::ranges::none_of(members_, [](const Member& member) { return member.breaker.closed(); });
}

bool ServerPool::all_useless() const {
  return std::ranges::all_of(members_, [](const Member& member) { return member.breaker.is_useless(); });
}

nlohmann::json ServerPool::to_json() const {
  nlohmann::json widths = nlohmann::json::object();
  for (const Member& member : members_)
    if (member.window.has_met_overload()) widths[member.server.base_url] = member.window.size();
  return widths;
}

}  // namespace funcorr
