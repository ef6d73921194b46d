#pragma once

#include <map>
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

  void set_policy(Policy policy) override {
    repeat_in_doubt_ = policy.repeat_in_doubt;
    budgets_ = {policy.budgets.begin(), policy.budgets.end()};
  }

  std::vector<Claim> commit(const LedgerWork& work) override {
    std::vector<Claim> claims;
    Transaction transaction(manifest_);
    for (const CallRecord& record : work.records) ledger_.record(result_of(record));
    for (const std::int64_t id : work.withdrawn) ledger_.withdraw(id);
    for (const Intent& intent : work.intents) claims.push_back(claim(intent));
    transaction.commit();
    return claims;
  }

  std::int64_t mark_in_doubt() override { return ledger_.mark_in_doubt(); }

  ProviderSpend spend(const std::string& provider) override {
    const Ledger::ProviderAccount account = ledger_.account(provider);
    return {account.spent, account.reserved};
  }
  std::string load_pace(const std::string& provider) override { return ledger_.account(provider).pace; }
  void store_pace(const std::string& provider, const std::string& pace) override {
    ledger_.set_pace(provider, pace);
  }

  OpenBatch open_batch(const std::string& provider,
                       const std::vector<std::vector<std::int64_t>>& calls) override {
    const std::int64_t id = ledger_.open_batch(provider, calls);
    return {id, token_of(id, calls), "", {}};
  }
  void set_remote_batch(std::int64_t id, const std::string& remote_id) override {
    ledger_.set_remote_batch(id, remote_id);
  }
  void close_batch(std::int64_t id, bool lost) override { ledger_.close_batch(id, lost); }
  std::vector<OpenBatch> adopt_batches(const std::string& provider) override {
    std::vector<OpenBatch> batches;
    for (const Ledger::Batch& batch : ledger_.adopt_batches(provider)) {
      const auto calls = ledger_.batch_calls(batch.id);
      OpenBatch open{batch.id, token_of(batch.id, calls), batch.remote_id, {}};
      for (const std::vector<std::int64_t>& ids : calls) open.calls.push_back(open_call(ids));
      batches.push_back(std::move(open));
    }
    return batches;
  }

 private:
  // A batch's number is another's too, in another workspace; a request's key is not.
  std::string token_of(std::int64_t batch, const std::vector<std::vector<std::int64_t>>& calls) const {
    std::int64_t first = 0;
    for (const auto& ids : calls)
      if (first == 0 || ids.front() < first) first = ids.front();
    const auto row = ledger_.find(first);
    return (row ? row->key : std::string()) + "-" + std::to_string(batch);
  }

  OpenBatch::Call open_call(const std::vector<std::int64_t>& ids) const {
    OpenBatch::Call call{ids, {}, 0};
    for (const std::int64_t id : ids) {
      const auto row = ledger_.find(id);
      if (!row) continue;
      call.model = row->model;
      call.reserved += row->reserved;
    }
    return call;
  }

  static CallResult result_of(const CallRecord& record) {
    using State = CallRecord::State;
    CallResult result;
    result.ids = record.ids;
    result.state = record.state == State::kAnswered  ? RequestState::kAnswered
                   : record.state == State::kInDoubt ? RequestState::kInDoubt
                                                     : RequestState::kFailed;
    result.choices = record.choices;
    result.http_status = record.http_status;
    result.error_code = record.error_code;
    result.answer = record.raw;
    result.billed = record.billed;
    result.tokens_in = record.tokens_in;
    result.tokens_out = record.tokens_out;
    result.cost = record.cost;
    result.seconds = record.seconds;
    return result;
  }

  Claim claim(const Intent& intent) {
    const auto budget = budgets_.find(intent.provider);
    RequestClaim answer =
        ledger_.claim({intent.key, intent.tag.stage, intent.tag.item, intent.tag.category, intent.provider,
                       intent.model, intent.attempt, intent.reserved, intent.lifetime_s},
                      {repeat_in_doubt_, budget == budgets_.end() ? 0.0 : budget->second});
    RequestRecord& row = answer.answered;
    return {kind_of(answer.kind),
            answer.id,
            {row.id, std::move(row.answer), row.choice, row.tokens_in, row.tokens_out, row.cost}};
  }

  static Claim::Kind kind_of(RequestClaim::Kind kind) {
    switch (kind) {
      case RequestClaim::Kind::kGranted:
        return Claim::Kind::kGranted;
      case RequestClaim::Kind::kAnswered:
        return Claim::Kind::kAnswered;
      case RequestClaim::Kind::kHeld:
        return Claim::Kind::kHeld;
      case RequestClaim::Kind::kInDoubt:
        return Claim::Kind::kInDoubt;
      case RequestClaim::Kind::kOverBudget:
        break;
    }
    return Claim::Kind::kOverBudget;
  }

  Manifest manifest_;
  Ledger ledger_;
  bool repeat_in_doubt_ = true;
  std::map<std::string, double> budgets_;
};

}  // namespace funcorr
