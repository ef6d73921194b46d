#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "db/format/random.h"
#include "labeling/client/call.h"
#include "labeling/client/engine.h"
#include "labeling/client/group_commit.h"
#include "labeling/client/http_loop.h"
#include "labeling/client/lane.h"
#include "labeling/client/verdict.h"

namespace funcorr {

// Seconds; an intent that waited longer is given back and claimed anew.
constexpr double kLongestWaitGranted = 600;

// An ask's way: submitted (engine.cpp), claimed at the ledger and made into calls (engine_claims.cpp), sent,
// answered, recorded, and delivered or asked again (engine_calls.cpp).
struct Engine::Impl {
  Impl(const EngineOptions& its, std::vector<Provider> providers, RequestLedger& its_ledger);

  // --- engine.cpp
  void submit(std::shared_ptr<Ask> ask);
  RunEnd run(const std::function<bool()>& stop_requested, const std::function<bool()>& refill);
  void begin_run();
  void deliver(Ask& ask, int slot, const StoredAnswer& answer, bool from_ledger);
  void fail(Ask& ask, int slot, const std::string& kind, const std::string& error, std::int64_t request_id);
  void tell(const std::function<void()>& callback);
  void stop_for(const std::string& kind, const std::string& error);  // the first reason counts
  void close();                                                      // nothing is sent any more
  void drop_unsent();  // it is forgotten; what is in flight is waited for
  bool busy() const;
  bool finished() const;
  void look_after_servers(Lane& lane, double now);
  void tend_batches(Lane& lane, double now, bool more);
  void store_pace(double now);
  void refill_queues(const std::function<bool()>& refill, bool& more);
  double pause(double now) const;
  std::unique_ptr<BatchQueue> make_batches(Lane& lane);
  static std::map<std::string, std::unique_ptr<Lane>> make_lanes(std::vector<Provider> providers,
                                                                 RequestLedger& ledger,
                                                                 const EngineOptions& options);

  // --- engine_claims.cpp
  void claim_some(Lane& lane, double now);
  bool claim(Lane& lane, const AskPart& part);  // false: money is short while others are in flight; later
  // `reserves`: money of the part's slots, as it was claimed.
  void claimed(Lane& lane, const AskPart& part, const std::vector<Claim>& claims,
               const std::vector<double>& reserves);
  void make_calls(Lane& lane, const AskPart& part, const std::vector<int>& slots,
                  const std::vector<std::int64_t>& ids, const std::vector<double>& money);
  void give_back(const Call& call);  // a call that is not sent after all
  bool leaves_the_rest();

  // --- engine_waits.cpp
  void tell_waits(double now);
  void note_busy(double now);

  // --- engine_calls.cpp
  void send_some(Lane& lane, double now);
  void send(Lane& lane, int server, const std::shared_ptr<Call>& call);
  void count_sent();
  void ended(Lane& lane, int server, const std::shared_ptr<Call>& call, HttpResult result);
  void ended_in_batch(Lane& lane, Call call, HttpResult result);
  void record_end(Lane& lane, const std::shared_ptr<Call>& call, const Verdict& verdict,
                  const CallRecord& record);
  void settle(const Call& call, const CallRecord& record);
  void recorded(Lane& lane, const Call& call, const Verdict& verdict, const CallRecord& record,
                bool for_fewer);

  template <typename Change>
  void count(const Change& change) {
    const std::lock_guard lock(statistics_mutex);
    change(statistics);
    statistics.spent = spent;
    statistics.reserved = reserved;
  }

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
  double waits_told = 0;    // when it was last looked at
  std::string known_cause;  // of a wait that people were told of

  mutable std::mutex statistics_mutex;
  EngineStatistics statistics;
};

}  // namespace funcorr
