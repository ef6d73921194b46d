#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "db/manifest/ledger.h"
#include "db/manifest/manifest.h"
#include "labeling/client/ledger.h"

namespace funcorr {

// The ledger that labeling's engine needs, kept in a manifest: on a connection of its own, whose commits
// survive a power cut. It waits for others' transactions for `patience_ms` only, for the engine has a use for
// the time that another program holds the manifest.
class ManifestLedger : public RequestLedger {
 public:
  using Warn = std::function<void(const std::string&)>;

  // `warn`, where given, is told, from any thread, of answers that others set aside and that are not whole.
  explicit ManifestLedger(const std::filesystem::path& manifest, int patience_ms = 1000, Warn warn = {})
      : manifest_(manifest, {.durability = Durability::kFull}), ledger_(manifest_), warn_(std::move(warn)) {
    ledger_.track_sending();
    manifest_.set_busy_timeout(patience_ms);
  }

  void set_policy(Policy policy) override { ledger_.set_policy(std::move(policy)); }
  std::vector<Claim> commit(const LedgerWork& work) override {
    return if_free([&] { return ledger_.commit(work); });
  }
  void mark_sent(const std::vector<std::int64_t>& ids) override { ledger_.mark_sent(ids); }
  void set_aside(const std::vector<CallRecord>& records) override { ledger_.set_aside(records); }
  void forget_set_aside() override { ledger_.forget_set_aside(); }
  std::int64_t mark_in_doubt() override {
    const std::int64_t known = ledger_.torn_bytes();
    const std::int64_t marked = if_free([&] { return ledger_.mark_in_doubt(); });
    if (warn_ && ledger_.torn_bytes() > known) warn_(torn_answers_text(ledger_.torn_bytes() - known));
    return marked;
  }
  ProviderSpend spend(const std::string& provider) override { return ledger_.account(provider); }
  std::string load_pace(const std::string& provider) override { return ledger_.pace(provider); }
  void store_pace(const std::string& provider, const std::string& pace) override {
    if_free([&] { ledger_.set_pace(provider, pace); });
  }

  OpenBatch open_batch(const std::string& provider,
                       const std::vector<std::vector<std::int64_t>>& calls) override {
    return if_free([&] { return ledger_.open_batch(provider, calls); });
  }
  void set_remote_batch(std::int64_t id, const std::string& remote_id) override {
    if_free([&] { ledger_.set_remote_batch(id, remote_id); });
  }
  void close_batch(std::int64_t id, bool lost) override {
    if_free([&] { ledger_.close_batch(id, lost); });
  }
  std::vector<OpenBatch> adopt_batches(const std::string& provider) override {
    return if_free([&] { return ledger_.adopt_batches(provider); });
  }

 private:
  template <typename Work>
  static std::invoke_result_t<const Work&> if_free(const Work& work) {
    try {
      return work();
    } catch (const ManifestError& error) {
      if (error.kind == ManifestError::Kind::kBusy) throw LedgerBusy(error.what());
      throw;
    }
  }

  Manifest manifest_;
  Ledger ledger_;
  Warn warn_;
};

}  // namespace funcorr
