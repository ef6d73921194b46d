#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "labeling/client/request.h"

namespace funcorr {

// What the engine must not forget, and who remembers it. Bound to a database by the stage; the engine calls
// it from one thread of its own, never from two at once.

// One sample that is about to be asked for.
struct Intent {
  std::string key{};
  RequestTag tag{};
  std::string provider{}, model{};
  int attempt = 1;
  double reserved = 0;    // the most it can cost
  double lifetime_s = 0;  // an intent older than that is nobody's any more
};

// A raw answer of earlier, and where in it the sample is.
struct StoredAnswer {
  std::int64_t request_id = 0;  // the sample's row
  std::string raw{};            // body of the call that answered it
  int choice = 0;               // index of its choice
  std::int64_t tokens_in = 0, tokens_out = 0;
  double cost = 0;
};

// What the ledger says to an intent.
struct Claim {
  enum class Kind {
    kGranted,     // recorded; ask
    kAnswered,    // bought already
    kHeld,        // someone living is asking for it right now
    kInDoubt,     // may have been paid for and lost; the policy says not to repeat
    kOverBudget,  // the provider's budget would not bear it
  };
  Kind kind = Kind::kGranted;
  std::int64_t id = 0;    // granted: the row
  StoredAnswer answer{};  // answered
};

// How one call ended, for the rows that it was to answer.
struct CallRecord {
  enum class State { kAnswered, kFailed, kInDoubt };
  std::vector<std::int64_t> ids{};  // rows in the order of the call's choices
  State state = State::kAnswered;
  int choices = 0;  // answered: so many of the ids, from the front, got a choice; the others failed
  int http_status = 0;
  std::string error_code{};
  std::string raw{};    // body as it came; kept once for all rows
  bool billed = false;  // the provider counted it, as far as one can know
  std::int64_t tokens_in = 0, tokens_out = 0;
  double cost = 0;  // of the whole call
  double seconds = 0;
};

// A batch of the Batch API that is not harvested yet.
struct OpenBatch {
  struct Call {
    std::vector<std::int64_t> ids;
    std::string model;
    double reserved = 0;
  };
  std::int64_t id = 0;
  std::string token{};      // unlike any other's; put into the batch's metadata
  std::string remote_id;    // of the API; empty: it is not known whether the batch was created
  std::vector<Call> calls;  // that are not answered yet
};

struct LedgerWork {
  std::vector<CallRecord> records{};
  std::vector<std::int64_t> withdrawn{};  // granted, never sent: forgotten
  std::vector<Intent> intents{};
};

// Money of a provider over all runs of the workspace.
struct ProviderSpend {
  double spent = 0;     // on answers and billed failures
  double reserved = 0;  // the most that what is in flight, or in doubt, can have cost
};

class RequestLedger {
 public:
  struct Policy {
    bool repeat_in_doubt = true;
    std::vector<std::pair<std::string, double>> budgets;  // provider, money; absent: none
  };

  virtual ~RequestLedger() = default;
  // Before the first commit().
  virtual void set_policy(Policy policy) = 0;
  // One transaction, durable when it returns: records, then withdrawals, then intents; a claim for every
  // intent, in order. Throws when it cannot store: nothing may be sent then.
  virtual std::vector<Claim> commit(const LedgerWork& work) = 0;
  // Intents of dead owners become in doubt; returns how many.
  virtual std::int64_t mark_in_doubt() = 0;
  virtual ProviderSpend spend(const std::string& provider) = 0;
  // What pace has learned about a provider: JSON text; empty when nothing.
  virtual std::string load_pace(const std::string& provider) = 0;
  virtual void store_pace(const std::string& provider, const std::string& pace) = 0;

  // Batches. Every call is its rows' ids in the order of its choices.
  virtual OpenBatch open_batch(const std::string& provider,
                               const std::vector<std::vector<std::int64_t>>& calls) = 0;
  virtual void set_remote_batch(std::int64_t id, const std::string& remote_id) = 0;
  // `lost`: it was never created; its open intents are withdrawn. Otherwise they are in doubt.
  virtual void close_batch(std::int64_t id, bool lost) = 0;
  // Open ones whose processes are dead, from now on ours.
  virtual std::vector<OpenBatch> adopt_batches(const std::string& provider) = 0;
};

}  // namespace funcorr
