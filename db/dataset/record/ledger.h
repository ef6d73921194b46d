#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "db/format/members.h"
#include "db/format/named_enum.h"

namespace funcorr {

// The request ledger: one row per sample that was or may have been paid for. A call, one request on the wire,
// answers one or several samples; its first row holds raw answer, tokens and cost.

enum class RequestState { kIntent, kAnswered, kFailed, kInDoubt };
constexpr auto names_of(RequestState) {
  return std::to_array<EnumName<RequestState>>({{RequestState::kIntent, "intent"},
                                                {RequestState::kAnswered, "answered"},
                                                {RequestState::kFailed, "failed"},
                                                {RequestState::kInDoubt, "in_doubt"}});
}

// Who asks: the stage, its item, and what spend is grouped by.
struct RequestTag {
  std::string stage{}, item{}, category{};
};

// A row, with the raw answer, tokens and cost of its call.
struct RequestRecord {
  std::int64_t id = 0;
  std::string key;  // hash of body, image, model, sampling parameters, sample index
  RequestTag tag;
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
struct Intent {
  std::string key{};
  RequestTag tag{};
  std::string provider{}, model{};
  int attempt = 1;
  double reserved = 0;      // the most it can cost
  double lifetime_s = 600;  // an older intent is nobody's any more, whoever its owner was
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
  std::int64_t id = 0;    // granted: the new row; in doubt: that row
  StoredAnswer answer{};  // answered
};

// How one call ended, for the rows that it was to answer.
struct CallRecord {
  using State = RequestState;       // any but kIntent
  std::vector<std::int64_t> ids{};  // rows in the order of the call's choices
  State state = State::kAnswered;
  int choices = 0;  // answered: ids beyond so many got none and failed ("missing_choice")
  int http_status = 0;
  std::string error_code{};
  std::string raw{};    // body as it came; kept once for all rows
  bool billed = false;  // the provider counted it, as far as one can know
  std::int64_t tokens_in = 0, tokens_out = 0;
  double cost = 0;  // of the whole call
  double seconds = 0;

  static constexpr auto members() {
    return std::tuple{member("ids", &CallRecord::ids),
                      member("state", &CallRecord::state),
                      member("choices", &CallRecord::choices),
                      member("http_status", &CallRecord::http_status),
                      member("error_code", &CallRecord::error_code),
                      member("raw", &CallRecord::raw),
                      member("billed", &CallRecord::billed),
                      member("tokens_in", &CallRecord::tokens_in),
                      member("tokens_out", &CallRecord::tokens_out),
                      member("cost", &CallRecord::cost),
                      member("seconds", &CallRecord::seconds)};
  }
};

// A batch of the Batch API that is not harvested yet.
struct OpenBatch {
  struct Call {
    std::vector<std::int64_t> ids;  // its rows, in the order of its choices
    std::string model;
    double reserved = 0;
  };
  std::int64_t id = 0;
  std::string token{};        // unlike any other's; put into the batch's metadata
  std::string remote_id{};    // of the API; empty: it is not known whether the batch was created
  std::vector<Call> calls{};  // that are not answered yet
};

// What is stored in one transaction, in this order.
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

struct LedgerPolicy {
  bool repeat_in_doubt = true;  // ask again for what may have been paid for and lost
  std::vector<std::pair<std::string, double>> budgets{};  // provider, money; absent: none
};

}  // namespace funcorr
