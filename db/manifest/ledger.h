#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "db/dataset/record/ledger.h"
#include "db/manifest/manifest.h"

namespace funcorr {

// The request ledger in the manifest. All calls join a Transaction that is open. Durable when the outermost
// commit returns, if the manifest was opened with Durability::kFull.
class Ledger {
 public:
  explicit Ledger(Manifest& manifest);
  void set_policy(LedgerPolicy policy) { policy_ = std::move(policy); }

  // One transaction: records, then withdrawals, then intents; a claim for every intent, in order.
  std::vector<Claim> commit(const LedgerWork& work);
  // An earlier answer, or a refusal, or a new intent. Of several processes that claim one key, one is granted
  // it; the others get kHeld until it ends. Intents of dead owners, met on the way, become in doubt.
  Claim claim(const Intent& intent);
  void record(const CallRecord& call);
  void withdraw(std::int64_t id);  // an intent that was never sent

  // Intents of dead owners, and expired ones, become in doubt; returns how many. Those in open batches do
  // not.
  std::int64_t mark_in_doubt();
  std::optional<RequestRecord> answered(const std::string& key) const;
  std::optional<RequestRecord> find(std::int64_t id) const;
  // An item's requests that failed or are in doubt, the newest first, at most so many.
  std::vector<RequestRecord> troubles(const std::string& stage, const std::string& item, int most) const;

  struct Spend {
    std::int64_t samples = 0, answered = 0, failed = 0, in_doubt = 0;
    std::int64_t calls = 0, billed_calls = 0, tokens_in = 0, tokens_out = 0;
    double cost = 0, reserved = 0;
  };
  Spend spend(const std::string& stage = {}) const;

  // Over all runs, with what is open and in doubt at its worst: answered by one row.
  ProviderSpend account(const std::string& provider) const;
  // Limits learned about a provider: JSON; empty when none are.
  std::string pace(const std::string& provider) const;
  void set_pace(const std::string& provider, const std::string& pace);

  // Batches of the Batch API. A call is its rows' ids in the order of its choices. The new batch comes
  // without its calls: the caller has them.
  OpenBatch open_batch(const std::string& provider, const std::vector<std::vector<std::int64_t>>& calls);
  void set_remote_batch(std::int64_t batch, const std::string& remote_id);
  // `lost`: it was never created; rows that are still intents become in doubt otherwise.
  void close_batch(std::int64_t batch, bool lost);
  // Open batches of a provider whose owners are dead, taken over by the caller.
  std::vector<OpenBatch> adopt_batches(const std::string& provider);

 private:
  double budget_of(const std::string& provider) const;  // 0: none
  std::vector<OpenBatch::Call> open_calls(std::int64_t batch) const;
  std::string batch_token(std::int64_t batch, std::int64_t first_row) const;

  Manifest& manifest_;
  std::string owner_;
  LedgerPolicy policy_;
};

}  // namespace funcorr
