#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "db/dataset/record/ledger.h"
#include "db/manifest/manifest.h"

namespace funcorr {

// What a person asks of the request ledger, and how requests that are in doubt are settled.

// Which rows are meant; what is empty or 0 is all the same.
struct LedgerFilter {
  std::string stage{}, provider{}, model{};
  double after = 0, before = 0;  // of their intents, seconds since 1970: [after, before)
};

// A call whose answer was lost: its rows that are in doubt.
struct CallInDoubt {
  std::int64_t id = 0;  // of its first row
  std::vector<std::int64_t> rows{};
  RequestTag tag{};
  std::string provider{}, model{}, error_code{};
  double created = 0;   // of its intent, seconds since 1970
  double reserved = 0;  // the most that it can have cost
};
// In the order of their intents.
std::vector<CallInDoubt> calls_in_doubt(Manifest& manifest, const LedgerFilter& filter);

// Nothing of them is in doubt any more: each has failed, and has cost `money` (paid) or nothing, which its
// provider's account says from now on. Their samples may be asked for again.
struct Settlement {
  const CallInDoubt* call = nullptr;
  bool paid = false;
  double money = 0;
};
void settle(Manifest& manifest, const std::vector<Settlement>& settlements);

// What the ledger itself counts of a provider, by model: calls that were billed, and their money.
struct Billed {
  std::int64_t calls = 0;
  double money = 0;
};
std::map<std::string, Billed> billed_calls(Manifest& manifest, const LedgerFilter& filter);
// Requests to the provider that wait for their answers just now.
std::int64_t open_requests(Manifest& manifest, const std::string& provider);

// One answered sample with the row of its call, which its siblings share.
struct AnsweredSample {
  RequestRecord request;
  std::int64_t call = 0;
  double created = 0;
};
// One at a time, in the order of their intents.
void for_each_answer(Manifest& manifest, const LedgerFilter& filter,
                     const std::function<void(const AnsweredSample&)>& visit);

// The stages' items that `key` is, or is part of ("key/…"), of which requests failed or are in doubt.
std::vector<RequestTag> items_with_trouble(Manifest& manifest, const std::string& key);
// An item's last requests that have ended, however they did, the newest first.
std::vector<RequestRecord> last_requests(Manifest& manifest, const RequestTag& tag, int most);

}  // namespace funcorr
