#include <utility>

#include "db/manifest/connection.h"
#include "db/manifest/items.h"

namespace funcorr {
namespace {

constexpr std::size_t kMostExamples = 100;

std::string options_half(const std::string& fingerprint) {
  return fingerprint.substr(0, fingerprint.find(':'));
}

struct Existing {
  ItemState state;
  std::string fingerprint, reason;
  bool is_unfinished() const { return state == ItemState::kPending || state == ItemState::kLeased; }
};

StaleReason compare(const Existing& existing, const std::string& fingerprint, bool force) {
  if (force && !existing.is_unfinished()) return StaleReason::kForced;
  if (existing.fingerprint != fingerprint) {
    return options_half(existing.fingerprint) != options_half(fingerprint) ? StaleReason::kOptionsChanged
                                                                           : StaleReason::kInputChanged;
  }
  if (existing.state == ItemState::kLeased) return StaleReason::kInterrupted;
  if (existing.state == ItemState::kPending)
    return from_name<StaleReason>(existing.reason).value_or(StaleReason::kNew);
  return StaleReason::kUpToDate;
}

}  // namespace

// The keys of the last listing, in a temporary table of this connection: what is gone, and what a partial
// listing may claim.
std::string Items::listed_table() const { return "temp.\"listed_" + stage_ + "\""; }

void Items::note(StaleReason reason, const std::string& key) {
  ++found_.counts[reason];
  std::vector<std::string>& examples = found_.examples[reason];
  if (examples.size() < kMostExamples) examples.push_back(key);
}

void Items::begin_listing(ListingOptions options) {
  listing_ = options;
  found_ = {};
  keep_ = {};
  Query(manifest_,
        "CREATE TABLE IF NOT EXISTS " + listed_table() + " (key TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID")
      .run();
  Query(manifest_, "DELETE FROM " + listed_table()).run();
}

void Items::want_one(const WantedItem& item) {
  if (Query(manifest_, "INSERT OR IGNORE INTO " + listed_table() + " VALUES (?)", item.key).run() == 0)
    return;
  std::optional<Existing> existing;
  {
    Query query(manifest_, "SELECT state, fingerprint, reason FROM item WHERE stage = ? AND key = ?", stage_,
                item.key);
    if (query.step()) existing = Existing{query.named<ItemState>(0), query.text(1), query.text(2)};
  }
  const StaleReason reason =
      existing ? compare(*existing, item.fingerprint, listing_.force) : StaleReason::kNew;
  note(reason, item.key);
  if (listing_.dry_run || reason == StaleReason::kUpToDate) return;
  if (!existing) {
    Query(manifest_,
          "INSERT INTO item (stage, key, state, fingerprint, reason, updated) VALUES (?, ?, 'pending', ?, ?, "
          "?)",
          stage_, item.key, item.fingerprint, reason, unix_time())
        .run();
    return;
  }
  const bool same = existing->fingerprint == item.fingerprint;
  if (same && existing->is_unfinished()) return;  // claim() sees to leases whose owner died
  Query(manifest_,
        "UPDATE item SET state = 'pending', fingerprint = ?, reason = ?, attempt = 0, not_before = 0, owner "
        "= NULL, "
        "lease_until = NULL, error = NULL, error_kind = NULL, updated = ? WHERE stage = ? AND key = ?",
        item.fingerprint, reason, unix_time(), stage_, item.key)
      .run();
}

void Items::want(const std::vector<WantedItem>& items) {
  if (listing_.dry_run) {
    for (const WantedItem& item : items) want_one(item);
    return;
  }
  WriteScope scope(manifest_);
  for (const WantedItem& item : items) want_one(item);
  scope.commit();
}

Items::Listing Items::end_listing(int examples) {
  if (!listing_.partial) {
    const std::string not_listed =
        " FROM item WHERE stage = ? AND key NOT IN (SELECT key FROM " + listed_table() + ")";
    std::vector<std::string> gone;  // where some may be kept
    bool any_kept = false;
    {
      Query query(manifest_, "SELECT key" + not_listed, stage_);
      while (query.step()) {
        const std::string key = query.text(0);
        const bool is_kept = keep_ && keep_(key);
        any_kept = any_kept || is_kept;
        if (is_kept) continue;
        note(StaleReason::kGone, key);
        if (keep_) gone.push_back(key);
      }
    }
    if (!listing_.dry_run && found_.counts.contains(StaleReason::kGone)) {
      WriteScope scope(manifest_);
      if (!keep_) Query(manifest_, "DELETE" + not_listed, stage_).run();
      for (const std::string& key : gone)
        Query(manifest_, "DELETE FROM item WHERE stage = ? AND key = ?", stage_, key).run();
      scope.commit();
    }
    if (!any_kept) keep_ = {};  // all that is left was wanted: claim() need not look it up
  }
  for (auto& [reason, keys] : found_.examples) {
    if (keys.size() > static_cast<std::size_t>(examples)) keys.resize(static_cast<std::size_t>(examples));
  }
  return found_;
}

}  // namespace funcorr
