#include "labeling/client/engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <stdexcept>

#include <fmt/format.h>

#include "labeling/client/ask.h"
#include "labeling/client/batch_queue.h"
#include "labeling/client/call.h"
#include "labeling/client/group_commit.h"
#include "labeling/client/http_loop.h"
#include "labeling/client/pace.h"
#include "labeling/client/server_pool.h"
#include "labeling/client/verdict.h"
#include "render/geometry/random.h"

namespace funcorr {
namespace {

constexpr int kLargestLookahead = 256;       // intents granted ahead of their requests
constexpr double kHeldPause = 0.2;           // between two looks at a key that someone else asks for
constexpr double kLongestWaitGranted = 600;  // an intent that waited longer is given back and claimed anew
constexpr double kPaceInterval = 30;         // between two notes of what pace has learned
constexpr std::size_t kLowWater = 512;       // asks in the queues; fewer, and refill is called
constexpr double kBatchPatience = 5;         // for calls that are to be repeated soon, before a batch is sent
constexpr int kRefusalsPerAttempt = 6;       // a refused request is given up so much later than a failed one
constexpr int kMaxRedirections = 3;
constexpr std::size_t kStoredErrorBytes = 64 << 10;  // of a failed answer that are kept

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string key_of(const Provider& provider) {
  if (provider.key_variable.empty()) return {};
  const char* key = std::getenv(provider.key_variable.c_str());
  if (key == nullptr || *key == '\0')
    throw std::invalid_argument(
        fmt::format("provider {}: the environment variable {}, which should hold its API key, is not set",
                    provider.name, provider.key_variable));
  const std::string text = key;
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; }))
    throw std::invalid_argument(fmt::format("provider {}: the API key in {} has blanks or line ends in it",
                                            provider.name, provider.key_variable));
  return text;
}

}  // namespace

std::string progress_text(const EngineStatistics& statistics, double elapsed_s) {
  std::string text = fmt::format("{:.1f} answers/s  {} in flight  {:.4g} spent",
                                 elapsed_s > 0 ? static_cast<double>(statistics.answered) / elapsed_s : 0.0,
                                 statistics.in_flight, statistics.spent);
  if (statistics.in_doubt > 0) text += fmt::format("  {} in doubt", statistics.in_doubt);
  for (const auto& [kind, count] : statistics.errors) text += fmt::format("  {} {}", count, kind);
  return text;
}

struct Engine::Impl {
  // One provider with all that waits for it.
  struct Lane {
    Lane(Provider its, const std::string& its_key, const nlohmann::json& learned)
        : provider(std::move(its)),
          key(its_key),
          access(its_key, provider.ca_file),
          pace(provider.limits, now_s()),
          pool(provider, learned.value("concurrency", nlohmann::json::object())) {
      pace.restore(learned, now_s());
    }
    Provider provider;
    std::string key;
    HttpAccess access;
    Pace pace;
    ServerPool pool;
    std::deque<AskPart> queue;             // as submitted
    std::multimap<double, AskPart> later;  // by the time from which they may be claimed
    int claiming = 0;                      // parts that the ledger is asked about
    std::deque<Call> ready;
    int in_flight = 0;
    std::unique_ptr<BatchQueue> batches;  // with the batch transport
    std::size_t waiting() const { return queue.size() + later.size(); }
    bool busy() const {
      return claiming > 0 || !ready.empty() || in_flight > 0 || (batches && !batches->idle());
    }
    // Whether a run that ends early can leave now.
    bool can_be_left() const {
      return claiming == 0 && ready.empty() && in_flight == 0 && (!batches || batches->can_be_left());
    }
  };

  EngineOptions options;
  RequestLedger& ledger;
  std::map<std::string, std::unique_ptr<Lane>> lanes;
  HttpLoop http;
  GroupCommit commits;
  Random jitter;

  double spent = 0, reserved = 0;  // money of this engine
  int recording = 0;               // calls whose end is being written
  bool closing = false;            // nothing is sent any more
  bool mute = false;               // a callback threw: no more callbacks
  double drain_until = 0;
  RunEnd end;
  std::exception_ptr thrown;
  double pace_stored = 0;

  mutable std::mutex statistics_mutex;
  EngineStatistics statistics;

  Impl(EngineOptions its, std::vector<Provider> providers, RequestLedger& its_ledger)
      : options(its),
        ledger(its_ledger),
        lanes(make_lanes(std::move(providers), its_ledger, its)),
        commits(its_ledger, [this] { http.wake(); }),
        jitter(its.seed) {
    for (auto& [name, lane] : lanes)
      if (lane->provider.transport == Transport::kBatch) lane->batches = make_batches(*lane);
  }

  std::unique_ptr<BatchQueue> make_batches(Lane& lane) {
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

  static std::map<std::string, std::unique_ptr<Lane>> make_lanes(std::vector<Provider> providers,
                                                                 RequestLedger& ledger,
                                                                 const EngineOptions& options) {
    std::map<std::string, std::unique_ptr<Lane>> lanes;
    RequestLedger::Policy policy;
    policy.repeat_in_doubt = options.in_doubt == InDoubtPolicy::kRepeat;
    for (Provider& provider : providers) {
      provider.check();
      if (lanes.contains(provider.name))
        throw std::invalid_argument("two providers have the name " + provider.name);
      if (provider.budget > 0) policy.budgets.emplace_back(provider.name, provider.budget);
      const std::string key = key_of(provider);
      const auto learned = nlohmann::json::parse(ledger.load_pace(provider.name), nullptr, false);
      const std::string name = provider.name;
      lanes[name] = std::make_unique<Lane>(std::move(provider), key,
                                           learned.is_object() ? learned : nlohmann::json::object());
    }
    ledger.set_policy(std::move(policy));
    return lanes;
  }

  template <typename Change>
  void count(const Change& change) {
    const std::lock_guard lock(statistics_mutex);
    change(statistics);
    statistics.spent = spent;
    statistics.reserved = reserved;
  }

  Lane& lane_of(const Ask& ask) {
    const auto found = lanes.find(ask.provider());
    if (found == lanes.end()) throw std::invalid_argument("there is no provider \"" + ask.provider() + "\"");
    return *found->second;
  }

  void submit(std::shared_ptr<Ask> ask) {
    Lane& lane = lane_of(*ask);
    AskPart part;
    for (int slot = 0; slot < ask->slots(); ++slot) part.slots.push_back(slot);
    part.ask = std::move(ask);
    count([&](EngineStatistics& s) { s.submitted += static_cast<std::int64_t>(part.slots.size()); });
    lane.queue.push_back(std::move(part));
  }

  // --- callbacks -------------------------------------------------------------------------------------------

  template <typename Tell>
  void tell(const Tell& callback) {
    if (mute) return;
    try {
      callback();
    } catch (...) {
      thrown = std::current_exception();
      mute = true;
      close();
    }
  }

  void deliver(Ask& ask, int slot, const StoredAnswer& answer, bool from_ledger) {
    count([&](EngineStatistics& s) {
      ++s.answered;
      s.from_ledger += from_ledger ? 1 : 0;
    });
    tell([&] { ask.deliver(slot, answer, from_ledger); });
  }

  void fail(Ask& ask, int slot, const std::string& kind, const std::string& error, std::int64_t request_id) {
    count([](EngineStatistics& s) { ++s.failed; });
    tell([&] { ask.fail(slot, kind, error, request_id); });
  }

  void fail_all(const AskPart& part, const std::string& kind, const std::string& error) {
    for (const int slot : part.slots) fail(*part.ask, slot, kind, error, 0);
  }

  // --- ending ----------------------------------------------------------------------------------------------

  void close() {
    if (closing) return;
    closing = true;
    drain_until = now_s() + options.drain_s;
  }

  void stop_for(const std::string& kind, const std::string& error) {
    if (closing && end.kind == RunEnd::Kind::kFatal) return;
    end = {RunEnd::Kind::kFatal, kind, error};
    close();
  }

  // What was not sent is forgotten; what is in flight is waited for.
  void drop_unsent() {
    for (auto& [name, lane] : lanes) {
      lane->queue.clear();
      lane->later.clear();
      while (!lane->ready.empty()) {
        give_back(lane->ready.front());
        lane->ready.pop_front();
      }
      if (lane->batches)
        for (const Call& call : lane->batches->take_unsent()) give_back(call);
    }
    if (now_s() > drain_until) http.abort_all();
  }

  bool busy() const {
    return recording > 0 || std::ranges::any_of(lanes, [](const auto& lane) { return lane.second->busy(); });
  }

  bool finished() const {
    if (closing)
      return recording == 0 &&
             std::ranges::all_of(lanes, [](const auto& lane) { return lane.second->can_be_left(); });
    return !busy() &&
           std::ranges::all_of(lanes, [](const auto& lane) { return lane.second->waiting() == 0; });
  }

  // --- money -----------------------------------------------------------------------------------------------

  double most(const Lane& lane, const AskPart& part, const std::vector<int>& slots) const {
    const TokenBound bound = part.ask->tokens(slots, lane.provider);
    return cost(lane, part.ask->model(), bound.in_at_most, bound.out_at_most, goes_by_batch(lane, *part.ask));
  }

  static bool goes_by_batch(const Lane& lane, const Ask& ask) {
    return lane.batches && ask.can_go_by_batch();
  }

  static double cost(const Lane& lane, const std::string& model, std::int64_t in, std::int64_t out,
                     bool batch) {
    const Price& price = lane.provider.price_of(model);
    return (static_cast<double>(in) * price.in_per_million +
            static_cast<double>(out) * price.out_per_million) *
           1e-6 * (batch ? 1 - lane.provider.batch_discount : 1);
  }

  // --- claiming --------------------------------------------------------------------------------------------

  int lookahead(const Lane& lane) const {
    if (lane.batches) return lane.batches->accepts() ? kLargestLookahead : 0;
    const double by_pace = std::ceil(lane.pace.requests_per_second());
    const double by_servers = lane.pool.room() + std::min(lane.pool.capacity(), kLargestLookahead);
    return static_cast<int>(std::max(1.0, std::min(by_pace, by_servers)));
  }

  void claim_some(Lane& lane, double now) {
    while (lane.claiming + static_cast<int>(lane.ready.size()) < lookahead(lane)) {
      AskPart part;
      const auto due = lane.later.begin();
      if (due != lane.later.end() && due->first <= now) {
        part = due->second;
        if (!claim(lane, part)) return;
        lane.later.erase(due);
      } else if (!lane.queue.empty()) {
        part = lane.queue.front();
        if (!claim(lane, part)) return;
        lane.queue.pop_front();
      } else {
        return;
      }
    }
  }

  // False: the run's budget does not bear it while others are in flight; try again later.
  bool claim(Lane& lane, const AskPart& part) {
    std::vector<Intent> intents;
    double total = 0;
    try {
      for (const int slot : part.slots) {
        const double money = most(lane, part, {slot});
        intents.push_back({part.ask->key(slot, lane.provider), part.ask->tag(), lane.provider.name,
                           part.ask->model(), part.attempt, money,
                           kLongestWaitGranted + 2 * lane.provider.timeouts.deadline});
        total += money;
      }
    } catch (const std::exception& error) {
      fail_all(part, "image", error.what());
      return true;
    }
    if (options.budget > 0 && spent + reserved + total > options.budget) {
      if (!busy())
        stop_for("budget",
                 fmt::format(
                     "the run's budget of {:.6g} is used up: {:.6g} spent, the next request may cost {:.6g}",
                     options.budget, spent, total));
      return false;
    }
    reserved += total;
    ++lane.claiming;
    commits.claim(std::move(intents), [this, &lane, part, total](std::vector<Claim> claims) {
      --lane.claiming;
      reserved -= total;
      claimed(lane, part, claims);
    });
    return true;
  }

  void claimed(Lane& lane, const AskPart& part, const std::vector<Claim>& claims) {
    AskPart again{part.ask, {}, part.attempt, part.refusals};
    std::vector<int> granted;
    std::vector<std::int64_t> ids;
    bool over_budget = false;
    for (std::size_t i = 0; i < claims.size(); ++i) {
      const Claim& claim = claims[i];
      const int slot = part.slots[i];
      switch (claim.kind) {
        case Claim::Kind::kGranted:
          granted.push_back(slot);
          ids.push_back(claim.id);
          break;
        case Claim::Kind::kAnswered:
          deliver(*part.ask, slot, claim.answer, true);
          break;
        case Claim::Kind::kHeld:
          again.slots.push_back(slot);
          break;
        case Claim::Kind::kInDoubt:
          fail(
              *part.ask, slot, "in_doubt",
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
    make_calls(lane, part, granted, ids);
    if (over_budget && !lane.busy() && recording == 0)
      stop_for("budget", fmt::format("the budget of provider {} ({:.6g}) is used up; see funcorr stats spend",
                                     lane.provider.name, lane.provider.budget));
  }

  void make_calls(Lane& lane, const AskPart& part, const std::vector<int>& slots,
                  const std::vector<std::int64_t>& ids) {
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
      for (const int slot : call.part.slots) call.reserved += most(lane, part, {slot});
      call.model = part.ask->model();
      call.granted_at = now_s();
      reserved += call.reserved;
      if (!closing && goes_by_batch(lane, *part.ask)) {
        count_sent();
        lane.batches->add(std::move(call));
      } else {
        lane.ready.push_back(std::move(call));
      }
    }
  }

  void count_sent() {
    count([](EngineStatistics& s) {
      ++s.in_flight;
      ++s.calls;
    });
  }

  // A call that is not sent after all.
  void give_back(const Call& call) {
    reserved -= call.reserved;
    commits.withdraw(call.ids);
  }

  // --- sending ---------------------------------------------------------------------------------------------

  void send_some(Lane& lane, double now) {
    while (!lane.ready.empty() && lane.pace.ready_at(now) <= now) {
      if (now - lane.ready.front().granted_at > kLongestWaitGranted) {
        give_back(lane.ready.front());
        lane.queue.push_front(lane.ready.front().part);
        lane.ready.pop_front();
        continue;
      }
      const int server = lane.pool.take();
      if (server < 0) return;
      Call call = std::move(lane.ready.front());
      lane.ready.pop_front();
      const TokenBound bound = call.part.ask->tokens(call.part.slots, lane.provider);
      call.tokens_taken = static_cast<double>(bound.in_likely + bound.out_at_most);
      lane.pace.take(call.tokens_taken, now);
      call.url =
          lane.pool.members()[static_cast<std::size_t>(server)].server.base_url + call.part.ask->path();
      ++lane.in_flight;
      count_sent();
      send(lane, server, std::make_shared<Call>(std::move(call)));
    }
  }

  void send(Lane& lane, int server, const std::shared_ptr<Call>& call) {
    HttpRequest request;
    request.method = "POST";
    request.url = call->url;
    request.body = call->part.ask->body(call->part.slots, lane.provider);
    request.timeouts = lane.provider.timeouts;
    request.max_bytes = options.max_answer_bytes;
    http.start(lane.access, std::move(request), [this, &lane, server, call](HttpResult result) {
      if (follow(lane, *call, result))
        send(lane, server, call);
      else
        ended(lane, server, call, std::move(result));
    });
  }

  // True: the answer sends us on to where we may go.
  static bool follow(const Lane& lane, Call& call, const HttpResult& result) {
    if (result.status != 307 && result.status != 308) return false;
    if (result.location.empty() || call.redirections >= kMaxRedirections) return false;
    if (call.url.starts_with("https:") && !result.location.starts_with("https:")) return false;
    const auto& hosts = lane.provider.redirect_hosts;
    const bool allowed = std::ranges::find(hosts, host_of(result.location)) != hosts.end();
    if (!allowed && origin_of(result.location) != origin_of(call.url)) return false;
    ++call.redirections;
    call.url = result.location;
    return true;
  }

  // --- answers ---------------------------------------------------------------------------------------------

  // No key in what is kept or shown, though a server may echo it.
  static std::string without_key(const Lane& lane, std::string text) {
    if (lane.key.empty()) return text;
    for (std::size_t at = text.find(lane.key); at != std::string::npos; at = text.find(lane.key, at))
      text.replace(at, lane.key.size(), "[key]");
    return text;
  }

  static Verdict judge_without_key(const Lane& lane, HttpResult& result, const char* list) {
    result.body = without_key(lane, std::move(result.body));
    Verdict verdict = judge(result, list);
    verdict.message = without_key(lane, std::move(verdict.message));
    verdict.code = without_key(lane, std::move(verdict.code));
    return verdict;
  }

  void ended(Lane& lane, int server, const std::shared_ptr<Call>& call, HttpResult result) {
    const double now = now_s();
    const Verdict verdict = judge_without_key(lane, result, call->part.ask->list());
    --lane.in_flight;
    lane.pool.give_back(server, verdict.server_ill, verdict.overloaded, result.status != 0, now);
    if (!verdict.code.empty())
      lane.pool.members()[static_cast<std::size_t>(server)].last_error = verdict.message;
    lane.pace.learn(result.headers, now);
    if (verdict.refused) lane.pace.refused(lane.pool.window(server), verdict.retry_after_s, now);
    if (verdict.action == Verdict::Action::kAccept) lane.pace.accepted();
    if (verdict.tokens_in >= 0)
      lane.pace.settle(call->tokens_taken, static_cast<double>(verdict.tokens_in + verdict.tokens_out));
    finish(lane, call, verdict,
           record_of(lane, *call, verdict, result, goes_by_batch(lane, *call->part.ask)));
  }

  void ended_in_batch(Lane& lane, Call call, HttpResult result) {
    const Verdict verdict = judge_without_key(lane, result, "choices");
    CallRecord record = record_of(lane, call, verdict, result, true);
    finish(lane, std::make_shared<Call>(std::move(call)), verdict, std::move(record));
  }

  void finish(Lane& lane, const std::shared_ptr<Call>& call, const Verdict& verdict, CallRecord record) {
    if (call->part.ask) settle(*call, record);  // what an earlier process asked for, it reserved for
    if (verdict.action == Verdict::Action::kStop) stop_for(verdict.code, stop_message(lane, verdict));
    ++recording;
    commits.record(record, [this, &lane, call, verdict, record] {
      --recording;
      if (call->part.ask) recorded(lane, *call, verdict, record);
    });
  }

  static std::string stop_message(const Lane& lane, const Verdict& verdict) {
    std::string text = fmt::format("provider {}: {}", lane.provider.name, verdict.message);
    if (verdict.code == "invalid_api_key" && !lane.provider.key_variable.empty())
      text += fmt::format(" (is the key in {} right?)", lane.provider.key_variable);
    return text;
  }

  static CallRecord record_of(const Lane& lane, const Call& call, const Verdict& verdict, HttpResult& result,
                              bool by_batch) {
    CallRecord record;
    record.ids = call.ids;
    const bool accepted = verdict.action == Verdict::Action::kAccept;
    record.state = accepted ? CallRecord::State::kAnswered
                            : (verdict.in_doubt ? CallRecord::State::kInDoubt : CallRecord::State::kFailed);
    record.choices = verdict.choices;
    record.http_status = result.status;
    record.error_code = verdict.code;
    record.raw = std::move(result.body);
    if (!accepted && record.raw.size() > kStoredErrorBytes) record.raw.resize(kStoredErrorBytes);
    if (!accepted && record.raw.empty()) record.raw = verdict.message;
    record.billed = verdict.billed;
    record.seconds = result.seconds;
    record.tokens_in = std::max<std::int64_t>(verdict.tokens_in, 0);
    record.tokens_out = std::max<std::int64_t>(verdict.tokens_out, 0);
    if (verdict.billed)  // what the server does not tell is booked at its most
      record.cost = verdict.tokens_in >= 0
                        ? cost(lane, call.model, record.tokens_in, record.tokens_out, by_batch)
                        : call.reserved;
    return record;
  }

  void settle(const Call& call, const CallRecord& record) {
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
  void recorded(Lane& lane, const Call& call, const Verdict& verdict, const CallRecord& record) {
    const AskPart& part = call.part;
    AskPart again{part.ask, {}, part.attempt, part.refusals};
    ++(verdict.refused ? again.refusals : again.attempt);
    for (std::size_t i = 0; i < part.slots.size(); ++i) {
      const int slot = part.slots[i];
      if (verdict.action == Verdict::Action::kAccept && static_cast<int>(i) < verdict.choices)
        deliver(
            *part.ask, slot,
            {call.ids[i], record.raw, static_cast<int>(i), record.tokens_in, record.tokens_out, record.cost},
            false);
      else if (const std::string kind = final_kind(call, verdict); !kind.empty())
        fail(*part.ask, slot, kind, verdict.message, call.ids[i]);
      else
        again.slots.push_back(slot);
    }
    if (again.slots.empty() || verdict.action == Verdict::Action::kStop) return;
    if (!verdict.sent) again.attempt = part.attempt;  // nobody saw it
    const double delay = verdict.action == Verdict::Action::kAccept
                             ? 0  // it gave fewer answers than asked for
                             : backoff_delay(options.backoff, part.attempt + part.refusals,
                                             verdict.retry_after_s, jitter.next());
    lane.later.emplace(now_s() + delay, std::move(again));
  }

  // The kind of failure of a slot that gets no more attempts; empty: it gets one.
  std::string final_kind(const Call& call, const Verdict& verdict) const {
    switch (verdict.action) {
      case Verdict::Action::kFail:
        return verdict.code;
      case Verdict::Action::kStop:
        return {};
      case Verdict::Action::kAccept:
        return call.part.attempt >= options.backoff.max_attempts ? "missing_choice" : "";
      case Verdict::Action::kRetry:
        break;
    }
    if (verdict.in_doubt && options.in_doubt == InDoubtPolicy::kHold) return "in_doubt";
    if (!verdict.sent) return {};
    const bool last = verdict.refused
                          ? call.part.refusals + 1 >= kRefusalsPerAttempt * options.backoff.max_attempts
                          : call.part.attempt >= options.backoff.max_attempts;
    return last ? verdict.code : "";
  }

  // --- health ----------------------------------------------------------------------------------------------

  static std::string health_url(const Provider& provider, const Server& server) {
    const std::string& path = provider.health_path;
    // "/models" is below the base URL; "//health" of the server's root.
    return path.starts_with("//") ? origin_of(server.base_url) + path.substr(1) : server.base_url + path;
  }

  void look_after(Lane& lane, double now) {
    auto& members = lane.pool.members();
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!members[i].breaker.wants_probe(now)) continue;
      HttpRequest request;
      request.method = "GET";
      request.url = health_url(lane.provider, members[i].server);
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
        if (!result.error.empty()) member.last_error = without_key(lane, result.error);
      });
    }
    if (lane.waiting() == 0 && !lane.busy()) return;
    if (!lane.pool.all_ill() || now - lane.pool.last_answer() < options.unreachable_s) return;
    const ServerPool::Member& member = members.front();
    stop_for("unreachable",
             fmt::format("no server of provider {} has answered for {:.0f} s; {}: {}", lane.provider.name,
                         options.unreachable_s, member.server.base_url, member.last_error));
  }

  void store_pace(double now) {
    if (now - pace_stored < kPaceInterval) return;
    pace_stored = now;
    for (auto& [name, lane] : lanes) {
      nlohmann::json learned = lane->pace.to_json();
      learned["concurrency"] = lane->pool.to_json();
      commits.run(
          [provider = name, text = learned.dump()](RequestLedger& to) { to.store_pace(provider, text); });
    }
  }

  // Sends what has gathered once nothing more is about to come.
  void tend_batches(Lane& lane, double now, bool more) {
    const bool quiet = lane.later.empty() || now - lane.batches->last_added() > kBatchPatience;
    if (!more && lane.queue.empty() && lane.claiming == 0 && quiet) lane.batches->send_gathered();
    lane.batches->tick(now);
  }

  // --- the loop --------------------------------------------------------------------------------------------

  double pause(double now) const {
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

  void refill_queues(const std::function<bool()>& refill, bool& more) {
    const auto queued = [this] {
      std::size_t sum = 0;
      for (const auto& [name, lane] : lanes) sum += lane->queue.size();
      return sum;
    };
    while (more && !closing && queued() < kLowWater) more = refill();
  }

  RunEnd run(const std::function<bool()>& stop_requested, const std::function<bool()>& refill) {
    closing = mute = false;
    end = {};
    thrown = nullptr;
    bool more = static_cast<bool>(refill);
    double stop_asked = 0;
    pace_stored = now_s();
    for (auto& [name, lane] : lanes) {
      lane->pool.sign_of_life(now_s());  // patience begins anew
      if (lane->batches) lane->batches->adopt();
    }
    commits.run_then([this](RequestLedger& to) {
      return [this, found = to.mark_in_doubt()] {
        count([&](EngineStatistics& s) { s.found_in_doubt += found; });
      };
    });
    while (true) {
      commits.run_completions();
      const double now = now_s();
      if (!closing && now - stop_asked > 0.1) {
        stop_asked = now;
        if (stop_requested && stop_requested()) {
          end.kind = RunEnd::Kind::kStopped;
          close();
        }
      }
      if (!closing) refill_queues(refill, more);
      for (auto& [name, lane] : lanes) {
        if (closing) break;
        look_after(*lane, now);
        send_some(*lane, now);
        claim_some(*lane, now);
        if (lane->batches) tend_batches(*lane, now, more);
      }
      store_pace(now);
      if (closing) drop_unsent();
      if (finished() && commits.idle() && (closing || !more)) break;
      http.run_once(pause(now));
    }
    if (closing) http.abort_all();  // looks at health and at batches
    pace_stored = -kPaceInterval;
    store_pace(now_s());
    commits.wait();  // the ledger is the caller's again
    if (thrown) std::rethrow_exception(thrown);
    return end;
  }
};

Engine::Engine(EngineOptions options, std::vector<Provider> providers, RequestLedger& ledger)
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
