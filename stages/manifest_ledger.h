#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "db/manifest/ledger.h"
#include "db/manifest/manifest.h"
#include "labeling/client/ledger.h"

namespace funcorr {

// The ledger that labeling's engine needs, kept in a manifest: on a connection of its own, whose commits
// survive a power cut.
class ManifestLedger : public RequestLedger {
 public:
  explicit ManifestLedger(const std::filesystem::path& manifest)
      : manifest_(manifest, {.durability = Durability::kFull}), ledger_(manifest_) {}

  void set_policy(Policy policy) override { ledger_.set_policy(std::move(policy)); }
  std::vector<Claim> commit(const LedgerWork& work) override { return ledger_.commit(work); }
  std::int64_t mark_in_doubt() override { return ledger_.mark_in_doubt(); }
  ProviderSpend spend(const std::string& provider) override { return ledger_.account(provider); }
  std::string load_pace(const std::string& provider) override { return ledger_.pace(provider); }
  void store_pace(const std::string& provider, const std::string& pace) override {
    ledger_.set_pace(provider, pace);
  }

  OpenBatch open_batch(const std::string& provider,
                       const std::vector<std::vector<std::int64_t>>& calls) override {
    return ledger_.open_batch(provider, calls);
  }
  void set_remote_batch(std::int64_t id, const std::string& remote_id) override {
    ledger_.set_remote_batch(id, remote_id);
  }
  void close_batch(std::int64_t id, bool lost) override { ledger_.close_batch(id, lost); }
  std::vector<OpenBatch> adopt_batches(const std::string& provider) override {
    return ledger_.adopt_batches(provider);
  }

 private:
  Manifest manifest_;
  Ledger ledger_;
};

}  // namespace funcorr
