#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "db/dataset/record/ledger.h"
#include "db/format/error.h"

namespace funcorr {

// Another program holds what the ledger is kept in: nothing was done; the same may be tried again.
struct LedgerBusy : EnvironmentError {
  using EnvironmentError::EnvironmentError;
};

// What the engine must not forget, and who remembers it. Bound to a database by the stage; the engine calls
// it from one thread of its own, never from two at once, but for mark_sent(). All but set_aside() may throw
// LedgerBusy, after a second or so.
class RequestLedger {
 public:
  using Policy = LedgerPolicy;

  virtual ~RequestLedger() = default;
  // Before the first commit().
  virtual void set_policy(Policy policy) = 0;
  // One transaction, durable when it returns: records, then withdrawals, then intents; a claim for every
  // intent, in order. Throws when it cannot store: nothing may be sent then.
  virtual std::vector<Claim> commit(const LedgerWork& work) = 0;
  // The rows of a call, from the engine's thread, just before the first byte of its request is sent: of a
  // process that dies, no others are in doubt. What throws keeps the call from being sent.
  virtual void mark_sent(const std::vector<std::int64_t>&) {}
  // While the ledger is busy: these are durable elsewhere when it returns. They are committed nevertheless as
  // soon as that can be; a later process does it where this one cannot.
  virtual void set_aside(const std::vector<CallRecord>&) {}
  virtual void forget_set_aside() {}  // all of them are committed
  // What dead owners left is settled, intents that went out become in doubt; returns how many.
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
