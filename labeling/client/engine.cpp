#include "labeling/client/engine.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "db/format/error.h"
#include "labeling/client/ask.h"
#include "labeling/client/call_end.h"
#include "labeling/client/clock.h"
#include "labeling/client/engine_impl.h"

namespace funcorr {
namespace {

constexpr double kPaceInterval = 30;    // between two notes of what pace has learned
constexpr std::size_t kLowWater = 512;  // asks in the queues; fewer, and refill is called
constexpr double kBatchPatience = 5;    // for calls that are to be repeated soon, before a batch is sent

}  // namespace

const OptionList<EngineOptions>& EngineOptions::options() {
  static const OptionList<EngineOptions> list{
      options_of(&EngineOptions::backoff),
      option("in_doubt", &EngineOptions::in_doubt)
          .help(
              "what to do about requests that may have been paid for and whose answers were lost: ask again, "
              "or not")
          .leaves_results(),
      option("budget", &EngineOptions::budget)
          .range(0, 1e12)
          .help("most money for one run; 0: no limit")
          .leaves_results()};
  return list;
}

std::string progress_text(const EngineStatistics& statistics, double elapsed_s) {
  std::string text = fmt::format("{:.1f} answers/s  {} in flight  {:.4g} spent",
                                 elapsed_s > 0 ? static_cast<double>(statistics.answered) / elapsed_s : 0.0,
                                 statistics.in_flight, statistics.spent);
  if (!statistics.waiting.empty()) text += "  " + statistics.waiting;
  if (statistics.batches > 0) text += fmt::format("  {} batches open", statistics.batches);
  if (statistics.in_doubt > 0) text += fmt::format("  {} in doubt", statistics.in_doubt);
  for (const auto& [kind, count] : statistics.errors) text += fmt::format("  {} {}", count, kind);
  if (!statistics.ledger_wait.empty()) text += "  " + statistics.ledger_wait;
  return text;
}

// --- making ---------------------------------------------------------------------------------------------

Engine::Impl::Impl(const EngineOptions& its, std::vector<Provider> providers, RequestLedger& its_ledger)
    : options(its),
      ledger(its_ledger),
      lanes(make_lanes(std::move(providers), its_ledger, its)),
      commits(its_ledger, [this] { http.wake(); }),
      jitter(its.seed) {
  for (auto& [name, lane] : lanes)
    if (lane->provider.transport == Transport::kBatch) lane->batches = make_batches(*lane);
}

std::map<std::string, std::unique_ptr<Lane>> Engine::Impl::make_lanes(std::vector<Provider> providers,
                                                                      RequestLedger& ledger,
                                                                      const EngineOptions& options) {
  std::map<std::string, std::unique_ptr<Lane>> lanes;
  RequestLedger::Policy policy;
  policy.repeat_in_doubt = options.in_doubt == InDoubtPolicy::kRepeat;
  for (Provider& provider : providers) {
    const std::string name = provider.name;
    if (lanes.contains(name)) throw UsageError("two providers have the name " + name);
    if (provider.budget > 0) policy.budgets.emplace_back(name, provider.budget);
    const auto learned = nlohmann::json::parse(ledger.load_pace(name), nullptr, false);
    lanes[name] =
        std::make_unique<Lane>(std::move(provider), learned.is_object() ? learned : nlohmann::json::object());
    lanes[name]->has_budget = lanes[name]->has_budget || options.budget > 0;
  }
  ledger.set_policy(std::move(policy));
  return lanes;
}

std::unique_ptr<BatchQueue> Engine::Impl::make_batches(Lane& lane) {
  BatchQueue::Events events;
  events.ended = [this, &lane](Call call, HttpResult result) {
    ended_in_batch(lane, std::move(call), std::move(result));
  };
  events.stopped = [this, &lane](const Verdict& verdict) {
    stop_for(verdict.code, stop_message(lane, verdict));
  };
  const std::filesystem::path folder =
      options.batch_folder.empty() ? std::filesystem::temp_directory_path() : options.batch_folder;
  return std::make_unique<BatchQueue>(lane.provider, lane.access, http, commits, options.backoff, folder,
                                      options.max_answer_bytes, std::move(events));
}

void Engine::Impl::submit(std::shared_ptr<Ask> ask) {
  const auto found = lanes.find(ask->provider());
  if (found == lanes.end()) throw std::invalid_argument("there is no provider \"" + ask->provider() + "\"");
  AskPart part;
  for (int slot = 0; slot < ask->slots(); ++slot) part.slots.push_back(slot);
  part.ask = std::move(ask);
  count([&](EngineStatistics& s) { s.submitted += static_cast<std::int64_t>(part.slots.size()); });
  found->second->queue.push_back(std::move(part));
}

// --- callbacks ------------------------------------------------------------------------------------------

void Engine::Impl::tell(const std::function<void()>& callback) {
  if (mute) return;
  try {
    callback();
  } catch (...) {
    thrown = std::current_exception();
    mute = true;
    close();
  }
}

void Engine::Impl::deliver(Ask& ask, int slot, const StoredAnswer& answer, bool from_ledger) {
  count([&](EngineStatistics& s) {
    ++s.answered;
    s.from_ledger += from_ledger ? 1 : 0;
  });
  tell([&] { ask.deliver(slot, answer, from_ledger); });
}

void Engine::Impl::fail(Ask& ask, int slot, const std::string& kind, const std::string& error,
                        std::int64_t request_id) {
  count([](EngineStatistics& s) { ++s.failed; });
  tell([&] { ask.fail(slot, kind, error, request_id); });
}

// --- ending ---------------------------------------------------------------------------------------------

void Engine::Impl::close() {
  if (closing) return;
  closing = true;
  drain_until = now_s() + options.drain_s;
}

void Engine::Impl::stop_for(const std::string& kind, const std::string& error) {
  if (closing && end.kind == RunEnd::Kind::kFatal) return;
  end = {RunEnd::Kind::kFatal, kind, error};
  close();
}

void Engine::Impl::drop_unsent() {
  for (auto& [name, lane] : lanes) {
    lane->queue.clear();
    lane->later.clear();
    for (const Call& call : lane->ready) give_back(call);
    lane->ready.clear();
    if (lane->batches)
      for (const Call& call : lane->batches->take_unsent()) give_back(call);
  }
  if (now_s() > drain_until) http.abort_all();
}

bool Engine::Impl::busy() const {
  return recording > 0 || std::ranges::any_of(lanes, [](const auto& lane) { return lane.second->busy(); });
}

bool Engine::Impl::finished() const {
  if (closing)
    return recording == 0 &&
           std::ranges::all_of(lanes, [](const auto& lane) { return lane.second->can_be_left(); });
  return !busy() && std::ranges::all_of(lanes, [](const auto& lane) { return lane.second->waiting() == 0; });
}

// --- servers --------------------------------------------------------------------------------------------

void Engine::Impl::look_after_servers(Lane& lane, double now) {
  auto& members = lane.pool.members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!members[i].breaker.wants_probe(now)) continue;
    HttpRequest request;
    request.method = "GET";
    request.url = lane.health_url(members[i].server);
    request.timeouts = lane.provider.timeouts;
    request.timeouts.first_byte = request.timeouts.deadline = std::min(10.0, request.timeouts.deadline);
    request.max_bytes = 4 << 20;
    http.start(lane.access, std::move(request), [&lane, i](const HttpResult& result) {
      ServerPool::Member& member = lane.pool.members()[i];
      if (result.failure == HttpResult::Failure::kNone && result.status < 500) {
        member.breaker.looks_well();
        lane.pool.sign_of_life(now_s());
      } else {
        member.breaker.failed(now_s());
      }
      if (!result.error.empty()) member.last_error = result.error;
    });
  }
  if (lane.waiting() == 0 && !lane.busy()) return;
  const bool is_silent = lane.pool.all_ill() && now - lane.pool.last_answer() > options.unreachable_s;
  const bool is_fruitless = now - lane.pool.last_well() > options.fruitless_s &&
                            std::ranges::none_of(members, [](const auto& member) {
                              return member.breaker.closed() && !member.breaker.on_probation();
                            });
  const ServerPool::Member& member = members.front();
  if (lane.pool.all_useless())
    stop_for("useless_answers",
             fmt::format("provider {}: what {} answers is of no use, again and again; the last time: {}",
                         lane.provider.name, member.server.base_url, member.last_error));
  else if (is_silent)
    stop_for("unreachable",
             fmt::format("no server of provider {} has answered for {:.0f} s; {}: {}", lane.provider.name,
                         options.unreachable_s, member.server.base_url, member.last_error));
  else if (is_fruitless)
    stop_for("servers_ill",
             fmt::format("the servers of provider {} have answered nothing but errors for {:.0f} s; {}: {}",
                         lane.provider.name, options.fruitless_s, member.server.base_url, member.last_error));
}

void Engine::Impl::store_pace(double now) {
  if (now - pace_stored < kPaceInterval) return;
  pace_stored = now;
  for (const auto& [name, lane] : lanes)
    commits.run([provider = name, text = lane->learned().dump()](RequestLedger& to) {
      to.store_pace(provider, text);
    });
}

// Sends what has gathered once nothing more is about to come.
void Engine::Impl::tend_batches(Lane& lane, double now, bool more) {
  const bool quiet = lane.later.empty() || now - lane.batches->last_added() > kBatchPatience;
  if (!more && lane.queue.empty() && lane.claiming == 0 && quiet) lane.batches->send_gathered();
  lane.batches->tick(now);
  int open = 0;
  for (const auto& [name, each] : lanes) open += each->batches ? each->batches->open_batches() : 0;
  count([&](EngineStatistics& s) { s.batches = open; });
}

// --- the loop -------------------------------------------------------------------------------------------

double Engine::Impl::pause(double now) const {
  double until = now + 0.1;
  for (const auto& [name, lane] : lanes) {
    // What is due already waits for room, which an event will bring.
    for (const double time : {lane->later.empty() ? now : lane->later.begin()->first,
                              lane->ready.empty() ? now : lane->pace.ready_at(now),
                              lane->batches ? lane->batches->next_tick() : now})
      if (time > now) until = std::min(until, time);
  }
  return std::max(until - now, 0.0);
}

void Engine::Impl::refill_queues(const std::function<bool()>& refill, bool& more) {
  const auto queued = [this] {
    std::size_t sum = 0;
    for (const auto& [name, lane] : lanes) sum += lane->queue.size();
    return sum;
  };
  while (more && !closing && queued() < kLowWater) more = refill();
}

void Engine::Impl::begin_run() {
  closing = mute = false;
  end = {};
  thrown = nullptr;
  pace_stored = now_s();
  for (auto& [name, lane] : lanes) {
    lane->pool.be_patient_from(now_s());
    if (lane->batches) lane->batches->adopt();
  }
  commits.run_then([this](RequestLedger& to) {
    return [this, found = to.mark_in_doubt()] {
      count([&](EngineStatistics& s) { s.found_in_doubt += found; });
    };
  });
}

RunEnd Engine::Impl::run(const std::function<bool()>& stop_requested, const std::function<bool()>& refill) {
  begin_run();
  bool more = static_cast<bool>(refill);
  double stop_asked = 0;
  while (true) {
    commits.run_completions();
    const double now = now_s();
    if (!closing && now - stop_asked > 0.1) {
      stop_asked = now;
      note_busy(now);
      if (stop_requested && stop_requested()) {
        end.kind = RunEnd::Kind::kStopped;
        close();
      }
    }
    if (!closing) refill_queues(refill, more);
    for (auto& [name, lane] : lanes) {
      if (closing) break;
      look_after_servers(*lane, now);
      send_some(*lane, now);
      claim_some(*lane, now);
      if (lane->batches) tend_batches(*lane, now, more);
    }
    store_pace(now);
    tell_waits(now);
    if (closing) drop_unsent();
    if (finished() && commits.idle() && (closing || !more)) break;
    if (leaves_the_rest()) break;
    http.run_once(pause(now));
  }
  if (closing) http.abort_all();  // looks at health and at batches
  pace_stored = -kPaceInterval;
  store_pace(now_s());
  commits.wait();  // the ledger is the caller's again
  if (thrown) std::rethrow_exception(thrown);
  return end;
}

// --- what others see ------------------------------------------------------------------------------------

Engine::Engine(const EngineOptions& options, std::vector<Provider> providers, RequestLedger& ledger)
    : impl_(std::make_unique<Impl>(options, std::move(providers), ledger)) {}
Engine::~Engine() = default;

void Engine::submit(ChatRequest request, OnAnswer on_answer) {
  impl_->submit(make_ask(std::move(request), std::move(on_answer)));
}
void Engine::submit(EmbeddingRequest request, OnEmbedding on_embedding) {
  impl_->submit(make_ask(std::move(request), std::move(on_embedding)));
}

RunEnd Engine::run(const std::function<bool()>& stop_requested, const std::function<bool()>& refill) {
  try {
    return impl_->run(stop_requested, refill);
  } catch (...) {
    impl_->http.abort_all();
    throw;
  }
}

EngineStatistics Engine::statistics() const {
  const std::lock_guard lock(impl_->statistics_mutex);
  return impl_->statistics;
}

}  // namespace funcorr
