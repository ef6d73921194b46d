#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "db/manifest/manifest.h"

namespace funcorr {

// The request ledger: one row per sample that was or may have been paid for. A call, one request on the wire,
// answers one or several samples; its first row holds raw answer, tokens and cost.

enum class RequestState { kIntent, kAnswered, kFailed, kInDoubt };
const char* to_text(RequestState state);  // "intent" "answered" "failed" "in_doubt"

// A row, with the raw answer, tokens and cost of its call.
struct RequestRecord {
  std::int64_t id = 0;
  std::string key;                    // hash of body, image, model, sampling parameters, sample index
  std::string stage, item, category;  // who asked
  std::string provider, model;
  RequestState state = RequestState::kIntent;
  int attempt = 1;
  int http_status = 0;
  std::string error_code;  // of the API, or of the transport
  std::string answer;      // raw body, stored before it is parsed
  int choice = 0;          // which of the body's answers is this sample's
  bool billed = false;     // the provider counted it, as far as one can know
  std::int64_t tokens_in = 0, tokens_out = 0;
  double cost = 0;      // in the price table's currency
  double reserved = 0;  // the most it can cost: of intents and rows in doubt
  double seconds = 0;
};

// One sample that is about to be asked for.
struct RequestIntent {
  std::string key{}, stage{}, item{}, category{}, provider{}, model{};
  int attempt = 1;
  double reserved = 0;
  double lifetime_s = 600;  // an older intent counts as dead, whoever its owner was
};

struct ClaimPolicy {
  bool repeat_in_doubt = true;
  double provider_budget = 0;  // money; 0: none
};

struct RequestClaim {
  enum class Kind { kGranted, kAnswered, kHeld, kInDoubt, kOverBudget };
  Kind kind = Kind::kGranted;
  std::int64_t id = 0;       // granted: the new row
  RequestRecord answered{};  // bought earlier
};

// How a call ended, for the rows that it was to answer.
struct CallResult {
  std::vector<std::int64_t> ids{};  // in the order of the call's choices
  RequestState state = RequestState::kAnswered;
  int choices = 0;  // answered: ids beyond so many got none and failed ("missing_choice")
  int http_status = 0;
  std::string error_code{}, answer{};
  bool billed = false;
  std::int64_t tokens_in = 0, tokens_out = 0;
  double cost = 0, seconds = 0;
};

// All calls of the Ledger join a Transaction that is open. Durable when the outermost commit returns, if the
// manifest was opened with Durability::kFull.
class Ledger {
 public:
  explicit Ledger(Manifest& manifest);

  // An earlier answer, or a refusal, or a new intent. Of several processes that claim one key, one is granted
  // it; the others get kHeld until it ends. Intents of dead owners, met on the way, become in doubt.
  RequestClaim claim(const RequestIntent& intent, const ClaimPolicy& policy);
  void record(const CallResult& result);
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
  struct ProviderAccount {
    double spent = 0, reserved = 0;
    std::string pace;  // JSON: limits learned
  };
  ProviderAccount account(const std::string& provider) const;
  void set_pace(const std::string& provider, const std::string& pace);

  // Batches of the Batch API. A call is its rows' ids in the order of its choices.
  struct Batch {
    std::int64_t id = 0;
    std::string remote_id;  // empty: not known whether it was created
  };
  std::int64_t open_batch(const std::string& provider, const std::vector<std::vector<std::int64_t>>& calls);
  void set_remote_batch(std::int64_t batch, const std::string& remote_id);
  // `lost`: it was never created; rows that are still intents become in doubt otherwise.
  void close_batch(std::int64_t batch, bool lost);
  // Open batches of a provider whose owners are dead, taken over by the caller; and their calls that are not
  // answered yet.
  std::vector<Batch> adopt_batches(const std::string& provider);
  std::vector<std::vector<std::int64_t>> batch_calls(std::int64_t batch) const;

 private:
  Manifest& manifest_;
  std::string owner_;
};

}  // namespace funcorr
