#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "labeling/client/ask.h"

namespace funcorr {

// Some of an ask's slots that are bought together.
struct AskPart {
  std::shared_ptr<Ask> ask;
  std::vector<int> slots;
  int attempt = 1;
  int refusals = 0;  // 429: no attempts, the request was not looked at
};

// A part whose intents are durable: what goes out as one request.
struct Call {
  AskPart part;                   // without an ask: a call of an earlier process, in a batch
  std::vector<std::int64_t> ids;  // of the slots, in their order
  std::string model;
  double reserved = 0;  // money
  double granted_at = 0;
  double tokens_taken = 0;  // from pace
  std::string url;          // where it goes
  bool is_probe = false;    // it went before it was known what an image counts
  int redirections = 0;
};

}  // namespace funcorr
