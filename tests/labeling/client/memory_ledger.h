#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "labeling/client/ledger.h"

namespace funcorr::tests {

// A ledger that grants everything and forgets it with the process. What the engine's parts told it stands in
// the members.
class MemoryLedger : public RequestLedger {
 public:
  void set_policy(Policy) override {}
  std::vector<Claim> commit(const LedgerWork& work) override {
    records.insert(records.end(), work.records.begin(), work.records.end());
    std::vector<Claim> claims;
    for (std::size_t i = 0; i < work.intents.size(); ++i) {
      claims.emplace_back();
      claims.back().id = ++rows;
    }
    return claims;
  }
  std::int64_t mark_in_doubt() override { return 0; }
  ProviderSpend spend(const std::string&) override { return {}; }
  std::string load_pace(const std::string&) override { return {}; }
  void store_pace(const std::string&, const std::string&) override {}

  OpenBatch open_batch(const std::string&, const std::vector<std::vector<std::int64_t>>& calls) override {
    opened.push_back(calls);
    const auto id = static_cast<std::int64_t>(opened.size());
    return {id, "token-" + std::to_string(id), {}, {}};
  }
  void set_remote_batch(std::int64_t id, const std::string& remote_id) override { remote[id] = remote_id; }
  void close_batch(std::int64_t id, bool lost) override { closed[id] = lost; }
  std::vector<OpenBatch> adopt_batches(const std::string&) override { return std::exchange(left_open, {}); }

  std::int64_t rows = 0;
  std::vector<CallRecord> records;
  std::vector<std::vector<std::vector<std::int64_t>>> opened;  // rows of the calls of each batch
  std::map<std::int64_t, std::string> remote;                  // by batch
  std::map<std::int64_t, bool> closed;                         // by batch: was it lost?
  std::vector<OpenBatch> left_open;                            // by processes that are dead
};

}  // namespace funcorr::tests
