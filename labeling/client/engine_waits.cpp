// What holds sending up, for the progress line and the log.
#include <algorithm>

#include <fmt/format.h>

#include "labeling/client/engine_impl.h"

namespace funcorr {
namespace {

constexpr double kWorthSaying = 5;  // seconds
constexpr double kLookInterval = 0.25;

struct Wait {
  std::string cause;
  double until = 0;  // 0: not known
};

// Requests of the lane wait though none is under way.
bool is_held_up(const Lane& lane) {
  return lane.in_flight == 0 && (lane.waiting() > 0 || !lane.ready.empty());
}

// No server's last answer was one: the last word of the first.
Wait wait_for_servers(const Lane& lane) {
  const auto& members = lane.pool.members();
  if (std::ranges::any_of(members, [](const auto& member) { return member.last_error.empty(); })) return {};
  const ServerPool::Member& first = members.front();
  return {first.server.base_url + ": " + first.last_error, 0};
}

Wait wait_of(const Lane& lane, double now) {
  if (!is_held_up(lane)) return {};
  if (Wait wait = wait_for_servers(lane); !wait.cause.empty()) {
    if (!lane.later.empty()) wait.until = lane.later.begin()->first;
    return wait;
  }
  if (const double ready = lane.pace.ready_at(now); ready > now + kWorthSaying)
    return {fmt::format("the rate limit of provider {}", lane.provider.name), ready};
  if (!lane.later.empty() && lane.queue.empty() && lane.ready.empty() && lane.claiming == 0 &&
      lane.later.begin()->first > now + kWorthSaying)
    return {"the next attempt", lane.later.begin()->first};
  return {};
}

std::string text_of(const Wait& wait, double now) {
  return wait.until > now + 1 ? fmt::format("waits {:.0f} s: {}", wait.until - now, wait.cause)
                              : "waits: " + wait.cause;
}

}  // namespace

void Engine::Impl::tell_waits(double now) {
  if (now - waits_told < kLookInterval) return;
  waits_told = now;
  Wait wait;
  for (const auto& [name, lane] : lanes)
    if (!closing && wait.cause.empty()) wait = wait_of(*lane, now);
  const std::string text = wait.cause.empty() ? "" : text_of(wait, now);
  count([&](EngineStatistics& s) { s.waiting = text; });
  if (wait.cause.empty() || wait.cause == known_cause) return;
  known_cause = wait.cause;
  if (options.warn) options.warn(text);
}

// Another program holds the ledger: nothing is sent, and what was answered waits.
void Engine::Impl::note_busy(double now) {
  const double since = commits.busy_since();
  std::string text;
  if (since > 0) {
    const GroupCommit::Aside aside = commits.aside();
    text = fmt::format("waiting {:.0f} s for the manifest, which another program has locked; ", now - since);
    text += aside.error.empty() ? fmt::format("{} answers are set aside on disk", aside.records)
                                : "answers wait in memory only: " + aside.error;
  }
  count([&](EngineStatistics& s) { s.ledger_wait = text; });
}

}  // namespace funcorr
