#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "db/dataset/record/ledger.h"

namespace funcorr {

// What the engine must not forget, and who remembers it. Bound to a database by the stage; the engine calls
// it from one thread of its own, never from two at once.
class RequestLedger {
 public:
  using Policy = LedgerPolicy;

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
