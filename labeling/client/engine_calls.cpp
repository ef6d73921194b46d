// From calls to answers: sent at the provider's pace, recorded before anyone is told.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "labeling/client/backoff.h"
#include "labeling/client/call_end.h"
#include "labeling/client/clock.h"
#include "labeling/client/engine_impl.h"

namespace funcorr {

void Engine::Impl::count_sent() {
  count([](EngineStatistics& s) {
    ++s.in_flight;
    ++s.calls;
  });
}

void Engine::Impl::send_some(Lane& lane, double now) {
  if (commits.busy_since() > 0) return;
  while (!lane.ready.empty() && lane.pace.ready_at(now) <= now) {
    if (now - lane.ready.front().granted_at > kLongestWaitGranted) {
      give_back(lane.ready.front());
      lane.queue.push_front(lane.ready.front().part);
      lane.ready.pop_front();
      continue;
    }
    if (!lane.may_send(lane.ready.front())) return;
    if (!lane.reserves_enough(lane.ready.front())) {  // an image turned out to count more
      give_back(lane.ready.front());
      lane.queue.push_front(lane.ready.front().part);
      lane.ready.pop_front();
      continue;
    }
    const int server = lane.pool.take();
    if (server < 0) return;
    Call call = std::move(lane.ready.front());
    lane.ready.pop_front();
    const TokenBound bound = lane.tokens(*call.part.ask, call.part.slots);
    call.tokens_taken = static_cast<double>(bound.in_likely + bound.out_at_most);
    lane.pace.take(call.tokens_taken, now);
    call.url = lane.request_url(lane.pool.members()[static_cast<std::size_t>(server)].server, *call.part.ask);
    call.is_probe = lane.must_learn(*call.part.ask);
    lane.probes += call.is_probe ? 1 : 0;
    ++lane.in_flight;
    count_sent();
    send(lane, server, std::make_shared<Call>(std::move(call)));
  }
}

void Engine::Impl::send(Lane& lane, int server, const std::shared_ptr<Call>& call) {
  HttpRequest request;
  request.method = "POST";
  request.url = call->url;
  request.body = call->part.ask->body(call->part.slots, lane.provider);
  request.timeouts = lane.provider.timeouts;
  request.max_bytes = options.max_answer_bytes;
  request.before_sending = [this, call] { ledger.mark_sent(call->ids); };
  http.start(lane.access, std::move(request), [this, &lane, server, call](HttpResult result) {
    if (follow_redirection(lane, *call, result))
      send(lane, server, call);
    else
      ended(lane, server, call, std::move(result));
  });
}

void Engine::Impl::ended(Lane& lane, int server, const std::shared_ptr<Call>& call, HttpResult result) {
  const double now = now_s();
  const Verdict verdict = judge(result, call->part.ask->list());
  --lane.in_flight;
  lane.probes -= call->is_probe ? 1 : 0;
  lane.pool.give_back(server, verdict, result.status != 0, now);
  lane.pace.learn(result.headers, now, verdict.retry_after_s > 0);
  if (verdict.refused) lane.pace.refused(lane.pool.window(server), verdict.retry_after_s, now);
  if (verdict.action == Verdict::Action::kAccept) lane.pace.accepted();
  if (verdict.tokens_in >= 0)
    lane.pace.settle(call->tokens_taken, static_cast<double>(verdict.tokens_in + verdict.tokens_out));
  if (verdict.billed) lane.learn(*call, verdict.tokens_in);
  record_end(lane, call, verdict, record_of(lane, *call, verdict, result, false));
}

void Engine::Impl::ended_in_batch(Lane& lane, Call call, HttpResult result) {
  const Verdict verdict = judge(result, "choices");
  if (verdict.billed) lane.learn(call, verdict.tokens_in);
  const CallRecord record = record_of(lane, call, verdict, result, true);
  record_end(lane, std::make_shared<Call>(std::move(call)), verdict, record);
}

void Engine::Impl::record_end(Lane& lane, const std::shared_ptr<Call>& call, const Verdict& verdict,
                              const CallRecord& record) {
  if (const std::string text = lane.warning(*call, record.cost); !text.empty() && options.warn)
    options.warn(text);
  if (call->part.ask) settle(*call, record);  // what an earlier process asked for, it reserved for
  const bool for_fewer = call->part.ask && lane.asks_for_fewer(*call, verdict);
  if (verdict.action == Verdict::Action::kAccept) lane.doom.accepted();
  if (verdict.action == Verdict::Action::kStop) stop_for(verdict.code, stop_message(lane, verdict));
  if (!for_fewer && lane.doom.failed(verdict))
    stop_for(verdict.code, fmt::format("{}; the third of its kind, so that all would fare alike; {}",
                                       stop_message(lane, verdict), remedy(verdict, *call, lane.provider)));
  ++recording;
  commits.record(record, [this, &lane, call, verdict, record, for_fewer] {
    --recording;
    if (call->part.ask) recorded(lane, *call, verdict, record, for_fewer);
  });
}

void Engine::Impl::settle(const Call& call, const CallRecord& record) {
  reserved -= call.reserved;
  const bool in_doubt = record.state == CallRecord::State::kInDoubt;
  spent += in_doubt ? call.reserved : record.cost;
  count([&](EngineStatistics& s) {
    --s.in_flight;
    s.tokens_in += record.tokens_in;
    s.tokens_out += record.tokens_out;
    s.in_doubt += in_doubt ? 1 : 0;
    if (!record.error_code.empty()) ++s.errors[record.error_code];
  });
}

// The attempt's end is durable: what follows from it.
void Engine::Impl::recorded(Lane& lane, const Call& call, const Verdict& verdict, const CallRecord& record,
                            bool for_fewer) {
  const AskPart& part = call.part;
  AskPart again{part.ask, {}, part.attempt, part.refusals};
  ++(verdict.refused ? again.refusals : again.attempt);
  const std::string kind = for_fewer ? "" : final_kind(call, verdict, options);
  for (std::size_t i = 0; i < part.slots.size(); ++i) {
    const int slot = part.slots[i];
    if (verdict.action == Verdict::Action::kAccept && static_cast<int>(i) < verdict.choices)
      deliver(
          *part.ask, slot,
          {call.ids[i], record.raw, static_cast<int>(i), record.tokens_in, record.tokens_out, record.cost},
          false);
    else if (!kind.empty())
      fail(*part.ask, slot, kind, verdict.message, call.ids[i]);
    else
      again.slots.push_back(slot);
  }
  if (again.slots.empty() || verdict.action == Verdict::Action::kStop) return;
  if (!verdict.sent || for_fewer) again.attempt = part.attempt;  // nobody saw it, or nobody looked into it
  const double delay = verdict.action == Verdict::Action::kAccept || for_fewer
                           ? 0  // it gives fewer answers than asked for
                           : backoff_delay(options.backoff.pause, part.attempt + part.refusals,
                                           verdict.retry_after_s, jitter.next());
  lane.later.emplace(now_s() + delay, std::move(again));
}

}  // namespace funcorr
