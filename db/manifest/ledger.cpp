#include "db/manifest/ledger.h"

#include <algorithm>
#include <utility>

#include <sqlite3.h>

#include "db/manifest/connection.h"
#include "db/manifest/lease.h"
#include "db/manifest/request_row.h"

namespace funcorr {

RequestRecord read_request(const Query& query) {
  RequestRecord record;
  record.id = query.integer(0);
  record.key = query.text(1);
  record.tag.stage = query.text(2);
  record.tag.item = query.text(3);
  record.tag.category = query.text(4);
  record.provider = query.text(5);
  record.model = query.text(6);
  record.state = query.named<RequestState>(7);
  record.attempt = query.small_integer(8);
  record.http_status = query.small_integer(9);
  record.error_code = query.text(10);
  record.answer = query.text(11);
  record.choice = query.small_integer(12);
  record.billed = query.integer(13) != 0;
  record.tokens_in = query.integer(14);
  record.tokens_out = query.integer(15);
  record.cost = query.real(16);
  record.reserved = query.real(17);
  record.seconds = query.real(18);
  return record;
}

void book(Manifest& manifest, const std::string& provider, double spent, double reserved) {
  Query(manifest,
        "INSERT INTO provider (name, spent, reserved) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET "
        "spent = spent + ?2, reserved = max(0, reserved + ?3)",
        provider, spent, reserved)
      .run();
}

namespace {

struct OpenRow {
  std::string provider;
  double reserved = 0;
};

// A row that may still be recorded: an intent, or one that someone took for dead. `owner`: only where it is
// his, or in a batch, which others take over.
std::optional<OpenRow> open_row(Manifest& manifest, std::int64_t id, const std::string& owner = {}) {
  Query query(manifest,
              "SELECT provider, reserved, owner, batch FROM request WHERE id = ? AND state IN ('intent', "
              "'in_doubt')",
              id);
  if (!query.step() || (!owner.empty() && query.is_null(3) && query.text(2) != owner)) return std::nullopt;
  return OpenRow{query.text(0), query.real(1)};
}

// The owner of open intents that follows `owner` in the alphabet; empty: none does.
std::string next_owner(Manifest& manifest, const std::string& owner) {
  Query query(manifest,
              "SELECT owner FROM request WHERE state = 'intent' AND batch IS NULL AND owner > ? ORDER BY "
              "owner LIMIT 1",
              owner);
  return query.step() ? query.text(0) : std::string();
}

}  // namespace

Ledger::Ledger(Manifest& manifest)
    : manifest_(manifest), owner_(owner_text(Owner::self())), spill_(manifest.file(), owner_) {}

std::vector<Claim> Ledger::commit(const LedgerWork& work) {
  std::vector<Claim> claims;
  WriteScope scope(manifest_);
  for (const CallRecord& call : work.records) record(call);
  for (const std::int64_t id : work.withdrawn) withdraw(id);
  for (const Intent& intent : work.intents) claims.push_back(claim(intent));
  scope.commit();
  remove_read_files();
  return claims;
}

Claim Ledger::claim(const Intent& intent) {
  WriteScope scope(manifest_);
  Claim claim = claim_in_transaction(intent);
  scope.commit();
  remove_read_files();
  return claim;
}

std::optional<Claim> Ledger::bought(const std::string& key) const {
  auto earlier = answered(key);
  if (!earlier) return std::nullopt;
  return Claim{Claim::Kind::kAnswered,
               0,
               {earlier->id, std::move(earlier->answer), earlier->choice, earlier->tokens_in,
                earlier->tokens_out, earlier->cost}};
}

// Someone living asks for the key. Who does not, or no longer, is settled.
bool Ledger::is_held(const std::string& key, double now) {
  std::string owner;
  {
    Query query(manifest_, "SELECT owner, expires, batch FROM request WHERE key = ? AND state = 'intent'",
                key);
    if (!query.step()) return false;
    if (!query.is_null(2)) return true;
    owner = query.text(0);
    if (!owner_is_dead(owner) && query.real(1) > now) return true;
  }
  if (owner_is_dead(owner)) {
    record_left_answers();
    settle_dead(owner);
  } else {
    Query(manifest_, "UPDATE request SET state = 'in_doubt' WHERE key = ? AND state = 'intent'", key).run();
  }
  return false;
}

Claim Ledger::claim_in_transaction(const Intent& intent) {
  using Kind = Claim::Kind;
  if (auto claim = bought(intent.key)) return std::move(*claim);
  const double now = unix_time();
  if (is_held(intent.key, now)) return {Kind::kHeld, 0, {}};
  if (!read_answers_.empty())
    if (auto claim = bought(intent.key)) return std::move(*claim);
  if (!policy_.repeat_in_doubt) {
    Query query(manifest_, "SELECT id FROM request WHERE key = ? AND state = 'in_doubt'", intent.key);
    if (query.step()) {
      return {Kind::kInDoubt, query.integer(0), {}};
    }
  }
  if (const double budget = budget_of(intent.provider); budget > 0) {
    const ProviderSpend now_owed = account(intent.provider);
    if (now_owed.spent + now_owed.reserved + intent.reserved > budget) return {Kind::kOverBudget, 0, {}};
  }
  Query query(manifest_,
              "INSERT INTO request (key, stage, item, category, provider, model, state, attempt, reserved, "
              "expires, owner, created) VALUES (?, ?, ?, ?, ?, ?, 'intent', ?, ?, ?, ?, ?) RETURNING id",
              intent.key, intent.tag.stage, intent.tag.item, intent.tag.category, intent.provider,
              intent.model, intent.attempt, intent.reserved, now + intent.lifetime_s, owner_, now);
  query.step();
  const std::int64_t id = query.integer(0);
  query.run();
  if (intent.reserved > 0) book(manifest_, intent.provider, 0, intent.reserved);
  return {Kind::kGranted, id, {}};
}

void Ledger::record(const CallRecord& call) {
  if (call.ids.empty()) return;
  WriteScope scope(manifest_);
  const std::int64_t first = call.ids.front();
  double released = 0;
  std::string provider;
  for (std::size_t i = 0; i < call.ids.size(); ++i) {
    const std::int64_t id = call.ids[i];
    const auto row = open_row(manifest_, id);
    if (!row)
      throw ManifestError(ManifestError::Kind::kOther, "request " + std::to_string(id) + " is not open");
    provider = row->provider;
    const bool missing = call.state == RequestState::kAnswered && static_cast<int>(i) >= call.choices;
    const RequestState state = missing ? RequestState::kFailed : call.state;
    const bool in_doubt = state == RequestState::kInDoubt;
    if (!in_doubt) released += row->reserved;
    Query(manifest_,
          "UPDATE request SET state = ?, http_status = ?, error_code = ?, call = nullif(?, id), choice = ?, "
          "billed = ?, reserved = ?, seconds = ? WHERE id = ?",
          state, call.http_status, missing ? "missing_choice" : call.error_code, first,
          static_cast<std::int64_t>(i), call.billed, in_doubt ? row->reserved : 0.0, call.seconds, id)
        .run();
  }
  Query(manifest_, "UPDATE request SET answer = ?, tokens_in = ?, tokens_out = ?, cost = ? WHERE id = ?",
        call.raw, call.tokens_in, call.tokens_out, call.cost, first)
      .run();
  if (released != 0 || call.cost != 0) book(manifest_, provider, call.cost, -released);
  scope.commit();
}

void Ledger::withdraw(std::int64_t id) {
  WriteScope scope(manifest_);
  const auto row = open_row(manifest_, id);
  if (!row) return;
  if (row->reserved != 0) book(manifest_, row->provider, 0, -row->reserved);
  Query(manifest_, "DELETE FROM request WHERE id = ?", id).run();
  scope.commit();
}

std::int64_t Ledger::mark_in_doubt() {
  std::vector<std::filesystem::path> settled = marks_of_the_dead(manifest_.file());
  WriteScope scope(manifest_);
  record_left_answers();
  std::int64_t marked = 0;
  // Owner by owner: each step is a search in the index of open intents.
  for (std::string owner = next_owner(manifest_, ""); !owner.empty(); owner = next_owner(manifest_, owner)) {
    if (owner_is_dead(owner))
      marked += settle_dead(owner);
    else
      marked += Query(manifest_,
                      "UPDATE request SET state = 'in_doubt' WHERE state = 'intent' AND batch IS NULL AND "
                      "owner = ? AND expires < ?",
                      owner, unix_time())
                    .run();
  }
  scope.commit();
  read_marks_.insert(read_marks_.end(), settled.begin(), settled.end());
  remove_read_files();
  return marked;
}

// A call is recorded whole: one whose first row is not open any more is in the ledger already.
void Ledger::record_left_answers() {
  read_answers_.clear();
  for (LeftAnswers& left : left_answers(manifest_.file())) {
    for (const CallRecord& call : left.records) {
      const bool is_open = std::ranges::all_of(
          call.ids, [&](std::int64_t id) { return open_row(manifest_, id, left.owner).has_value(); });
      if (is_open) record(call);
    }
    left_torn_bytes_ += left.torn_bytes;
    left.records.clear();
    read_answers_.push_back(std::move(left));
  }
}

std::int64_t Ledger::settle_dead(const std::string& owner) {
  const LeftMarks marks = left_marks(manifest_.file(), owner);
  read_marks_.insert(read_marks_.end(), marks.files.begin(), marks.files.end());
  if (!marks.believed)
    return Query(
               manifest_,
               "UPDATE request SET state = 'in_doubt' WHERE state = 'intent' AND batch IS NULL AND owner = ?",
               owner)
        .run();
  std::int64_t marked = 0;
  for (const std::vector<std::int64_t>& call : marks.calls)
    for (std::size_t i = 0; i < call.size(); ++i)
      marked +=
          Query(manifest_,
                "UPDATE request SET state = 'in_doubt', call = nullif(?1, id), choice = ?2 WHERE id = ?3 "
                "AND state = 'intent' AND batch IS NULL AND owner = ?4",
                call.front(), static_cast<std::int64_t>(i), call[i], owner)
              .run();
  std::vector<std::int64_t> unsent;
  {
    Query query(manifest_, "SELECT id FROM request WHERE state = 'intent' AND batch IS NULL AND owner = ?",
                owner);
    while (query.step()) unsent.push_back(query.integer(0));
  }
  for (const std::int64_t id : unsent) withdraw(id);
  return marked;
}

void Ledger::remove_read_files() {
  if (sqlite3_get_autocommit(manifest_.connection().getHandle()) == 0) return;
  std::error_code ignored;
  for (const LeftAnswers& left : read_answers_) std::filesystem::remove(left.log.file(), ignored);
  for (const std::filesystem::path& file : read_marks_) std::filesystem::remove(file, ignored);
  read_answers_.clear();
  read_marks_.clear();
}

void Ledger::track_sending() { marks_.emplace(manifest_.file(), owner_); }

// What is still open is settled by its marks when the process has ended.
Ledger::~Ledger() {
  if (!marks_) return;
  try {
    Query query(manifest_, "SELECT 1 FROM request WHERE state = 'intent' AND batch IS NULL AND owner = ?",
                owner_);
    std::error_code ignored;
    if (!query.step()) std::filesystem::remove(marks_->file(), ignored);
  } catch (const std::exception&) {
    return;  // they stay
  }
}

std::optional<RequestRecord> Ledger::answered(const std::string& key) const {
  Query query(manifest_, kSelectRequest + "WHERE request.key = ? AND request.state = 'answered' LIMIT 1",
              key);
  if (!query.step()) return std::nullopt;
  return read_request(query);
}

std::optional<RequestRecord> Ledger::find(std::int64_t id) const {
  Query query(manifest_, kSelectRequest + "WHERE request.id = ?", id);
  if (!query.step()) return std::nullopt;
  return read_request(query);
}

std::vector<RequestRecord> Ledger::troubles(const std::string& stage, const std::string& item,
                                            int most) const {
  std::vector<RequestRecord> records;
  Query query(manifest_,
              kSelectRequest +
                  "WHERE request.item = ? AND request.stage = ? AND request.state IN ('failed', 'in_doubt') "
                  "ORDER BY request.id DESC LIMIT ?",
              item, stage, most);
  while (query.step()) records.push_back(read_request(query));
  return records;
}

Ledger::Spend Ledger::spend(const std::string& stage) const {
  const std::string sums =
      "SELECT count(*), total(state = 'answered'), total(state = 'failed'), total(state = 'in_doubt'), "
      "total(call IS NULL), total(call IS NULL AND billed), total(tokens_in), total(tokens_out), "
      "total(cost), "
      "total(reserved) FROM request";
  const auto read = [](Query& query) {
    query.step();
    return Spend{query.integer(0), query.integer(1), query.integer(2), query.integer(3), query.integer(4),
                 query.integer(5), query.integer(6), query.integer(7), query.real(8),    query.real(9)};
  };
  if (stage.empty()) {
    Query query(manifest_, sums);
    return read(query);
  }
  Query query(manifest_, sums + " WHERE stage = ?", stage);
  return read(query);
}

ProviderSpend Ledger::account(const std::string& provider) const {
  Query query(manifest_, "SELECT spent, reserved FROM provider WHERE name = ?", provider);
  if (!query.step()) return {};
  return {query.real(0), query.real(1)};
}

std::string Ledger::pace(const std::string& provider) const {
  Query query(manifest_, "SELECT pace FROM provider WHERE name = ?", provider);
  return query.step() ? query.text(0) : std::string();
}

void Ledger::set_pace(const std::string& provider, const std::string& pace) {
  Query(manifest_,
        "INSERT INTO provider (name, pace) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET pace = ?2",
        provider, pace)
      .run();
}

double Ledger::budget_of(const std::string& provider) const {
  for (const auto& [name, money] : policy_.budgets)
    if (name == provider) return money;
  return 0;
}

std::string torn_answers_text(std::int64_t bytes) {
  return "of the answers that were set aside, the last " + std::to_string(bytes) +
         " bytes are no whole answer: it is in doubt";
}

}  // namespace funcorr
