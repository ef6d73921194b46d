#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "db/dataset/record/ledger.h"
#include "db/manifest/ledger_files.h"
#include "db/manifest/manifest.h"

namespace funcorr {

// The request ledger in the manifest. All calls join a Transaction that is open. Durable when the outermost
// commit returns, if the manifest was opened with Durability::kFull.
class Ledger {
 public:
  explicit Ledger(Manifest& manifest);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  void set_policy(LedgerPolicy policy) { policy_ = std::move(policy); }

  // One transaction: records, then withdrawals, then intents; a claim for every intent, in order.
  std::vector<Claim> commit(const LedgerWork& work);
  // An earlier answer, or a refusal, or a new intent. Of several processes that claim one key, one is granted
  // it; the others get kHeld until it ends. Intents of dead owners, met on the way, become in doubt.
  Claim claim(const Intent& intent);
  void record(const CallRecord& call);
  void withdraw(std::int64_t id);  // an intent that was never sent

  // Settles what dead owners left: answers that they could only write beside the manifest are recorded; of
  // their intents, those that went to a socket are in doubt, and the others are forgotten (all are in doubt
  // where the owner kept no marks, or the machine has booted since). Expired ones are in doubt too. Those in
  // open batches are left alone. Returns how many became in doubt.
  std::int64_t mark_in_doubt();

  // Which rows go to a socket is noted from now on: before the first claim.
  void track_sending();
  // Rows of one call, just before its first byte is sent. From any one thread.
  void mark_sent(const std::vector<std::int64_t>& ids) {
    if (marks_) marks_->add(ids);
  }
  // While the manifest is locked: durable beside it when it returns, and recorded by whoever comes next.
  void set_aside(const std::vector<CallRecord>& records) { spill_.add(records); }
  void forget_set_aside() { spill_.clear(); }  // all of them are recorded
  std::filesystem::path set_aside_file() const { return spill_.file(); }
  // Of answers set aside by others that were read back, how many bytes were no whole record.
  std::int64_t torn_bytes() const { return left_torn_bytes_; }
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

  // These inside of a transaction; the files that are read go when it is committed, by remove_read_files().
  Claim claim_in_transaction(const Intent& intent);
  std::optional<Claim> bought(const std::string& key) const;
  bool is_held(const std::string& key, double now);
  void record_left_answers();
  std::int64_t settle_dead(const std::string& owner);
  void remove_read_files();

  Manifest& manifest_;
  std::string owner_;
  LedgerPolicy policy_;
  AnswerSpill spill_;
  std::optional<SentMarks> marks_;
  std::int64_t left_torn_bytes_ = 0;
  std::vector<LeftAnswers> read_answers_;
  std::vector<std::filesystem::path> read_marks_;
};

// Of Ledger::torn_bytes(), for people.
std::string torn_answers_text(std::int64_t bytes);

}  // namespace funcorr
