#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

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

}  // namespace funcorr
