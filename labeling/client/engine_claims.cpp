// From asks to calls: every slot is claimed at the ledger before it may be sent.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "labeling/client/clock.h"
#include "labeling/client/engine_impl.h"

namespace funcorr {
namespace {

constexpr double kHeldPause = 0.2;  // between two looks at a key that someone else asks for

}  // namespace

void Engine::Impl::claim_some(Lane& lane, double now) {
  while (lane.claiming + static_cast<int>(lane.ready.size()) < lane.lookahead()) {
    const auto due = lane.later.begin();
    if (due != lane.later.end() && due->first <= now) {
      if (!claim(lane, due->second)) return;
      lane.later.erase(due);
    } else if (!lane.queue.empty()) {
      if (!claim(lane, lane.queue.front())) return;
      lane.queue.pop_front();
    } else {
      return;
    }
  }
}

bool Engine::Impl::claim(Lane& lane, const AskPart& part) {
  if (!lane.may_claim(*part.ask)) return false;
  std::vector<Intent> intents;
  std::vector<double> reserves;  // of the slots
  double total = 0;
  try {
    for (const int slot : part.slots) {
      const double money = lane.most(*part.ask, {slot});
      intents.push_back({part.ask->key(slot, lane.provider), part.ask->tag(), lane.provider.name,
                         part.ask->model(), part.attempt, money,
                         kLongestWaitGranted + 2 * lane.provider.timeouts.deadline});
      reserves.push_back(money);
      total += money;
    }
  } catch (const std::exception& error) {
    for (const int slot : part.slots) fail(*part.ask, slot, "image", error.what(), 0);
    return true;
  }
  if (options.budget > 0 && spent + reserved + total > options.budget) {
    if (!busy())
      stop_for(
          "budget",
          fmt::format("the run's budget of {:.6g} is used up: {:.6g} spent, the next request may cost {:.6g}",
                      options.budget, spent, total));
    return false;
  }
  reserved += total;
  ++lane.claiming;
  commits.claim(std::move(intents), [this, &lane, part, total, reserves](const std::vector<Claim>& claims) {
    --lane.claiming;
    reserved -= total;
    claimed(lane, part, claims, reserves);
  });
  return true;
}

void Engine::Impl::claimed(Lane& lane, const AskPart& part, const std::vector<Claim>& claims,
                           const std::vector<double>& reserves) {
  AskPart again{part.ask, {}, part.attempt, part.refusals};
  std::vector<int> granted;
  std::vector<std::int64_t> ids;
  std::vector<double> money;
  bool over_budget = false;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = claims[i];
    const int slot = part.slots[i];
    switch (claim.kind) {
      case Claim::Kind::kGranted:
        granted.push_back(slot);
        ids.push_back(claim.id);
        money.push_back(reserves[i]);
        break;
      case Claim::Kind::kAnswered:
        deliver(*part.ask, slot, claim.answer, true);
        break;
      case Claim::Kind::kHeld:
        again.slots.push_back(slot);
        break;
      case Claim::Kind::kInDoubt:
        fail(*part.ask, slot, "in_doubt",
             "asked before, the answer was lost; it may have been paid for, and the policy is not to repeat",
             claim.id);
        break;
      case Claim::Kind::kOverBudget:
        again.slots.push_back(slot);
        over_budget = true;
        break;
    }
  }
  if (!again.slots.empty()) lane.later.emplace(now_s() + kHeldPause, std::move(again));
  make_calls(lane, part, granted, ids, money);
  if (over_budget && !lane.busy() && recording == 0)
    stop_for("budget", fmt::format("the budget of provider {} ({:.6g}) is used up; see funcorr stats spend",
                                   lane.provider.name, lane.provider.budget));
}

void Engine::Impl::make_calls(Lane& lane, const AskPart& part, const std::vector<int>& slots,
                              const std::vector<std::int64_t>& ids, const std::vector<double>& money) {
  const auto most_slots = static_cast<std::size_t>(part.ask->slots_per_call(lane.provider));
  for (std::size_t begin = 0; begin < slots.size(); begin += most_slots) {
    const std::size_t end_slot = std::min(begin + most_slots, slots.size());
    Call call;
    call.part = {part.ask,
                 {slots.begin() + static_cast<std::ptrdiff_t>(begin),
                  slots.begin() + static_cast<std::ptrdiff_t>(end_slot)},
                 part.attempt,
                 part.refusals};
    call.ids = {ids.begin() + static_cast<std::ptrdiff_t>(begin),
                ids.begin() + static_cast<std::ptrdiff_t>(end_slot)};
    call.model = part.ask->model();
    for (std::size_t i = begin; i < end_slot; ++i) call.reserved += money[i];
    call.granted_at = now_s();
    reserved += call.reserved;
    if (!closing && lane.goes_by_batch(*part.ask)) {
      count_sent();
      lane.batches->add(std::move(call));
    } else {
      lane.ready.push_back(std::move(call));
    }
  }
}

// All that may be left to a later run is: nothing is in flight, and the ledger is still busy.
bool Engine::Impl::leaves_the_rest() {
  return closing &&
         std::ranges::all_of(lanes, [](const auto& lane) { return lane.second->in_flight == 0; }) &&
         commits.leave();
}

void Engine::Impl::give_back(const Call& call) {
  reserved -= call.reserved;
  commits.withdraw(call.ids);
}

}  // namespace funcorr
