#pragma once

#include <cstdint>
#include <string>

#include "labeling/client/http_loop.h"

namespace funcorr {

// What an attempt's end means.
struct Verdict {
  enum class Action {
    kAccept,  // answers are in it
    kRetry,   // another attempt may succeed
    kFail,    // this request never will
    kStop,    // no request will: no credit, wrong key
  };
  Action action = Action::kAccept;
  std::string code;         // short stable word: the API's error.code, or one of ours; empty when accepted
  std::string message;      // one line for people
  bool sent = true;         // false: nobody saw the request
  bool in_doubt = false;    // it may have been answered and billed
  bool billed = false;      // it was, as far as one can know
  bool refused = false;     // 429: not for what it asks, but for how much is asked
  bool overloaded = false;  // too many at once: fewer should be in flight
  bool server_ill = false;  // another server may do better
  bool useless = false;     // of no use for a reason that will not change: not what such a server answers
  // kFail: not for what this one request shows or says, so that others will fare alike (model, path, option).
  bool concerns_all = false;
  std::string param;         // the API's error.param: what of the request is wrong
  bool may_be_of_n = false;  // refused perhaps because several answers were asked for
  double retry_after_s = 0;
  int choices = 0;  // accepted: answers with the indices 0 … choices − 1 are there
  std::int64_t tokens_in = -1, tokens_out = -1;  // −1: not told
};

// Judges by HTTP status and error.code, never by words in messages. `list`: where the answers are, "choices"
// or "data". A pure function.
Verdict judge(const HttpResult& result, const char* list);

// The pause that a server asks for, in seconds: retry-after-ms, else Retry-After (seconds or an HTTP date);
// 0: none.
double retry_after(const HttpResult& result);

}  // namespace funcorr
