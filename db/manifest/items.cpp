#include "db/manifest/items.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "db/manifest/connection.h"
#include "db/manifest/lease.h"

namespace funcorr {
namespace {

constexpr int kPage = 1024;  // rows read before their visits, so that no read snapshot stays open in a visit

// First string behind all that start with `prefix` (which ends in an ASCII character).
std::string prefix_end(std::string prefix) {
  prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

constexpr const char* kHistoryColumns =
    "stage, key, state, coalesce(error, ''), coalesce(error_kind, ''), fingerprint, attempt, "
    "coalesce(seconds, 0), "
    "coalesce(peak_memory_bytes, 0), strftime('%Y-%m-%d %H:%M:%S', updated, 'unixepoch')";

ItemHistory history_from(const Query& row) {
  return {row.text(0),          row.text(1), row.named<ItemState>(2), row.text(3), row.text(4), row.text(5),
          row.small_integer(6), row.real(7), row.integer(8),          row.text(9)};
}

// Distinct stages by one index seek each, however many items they have.
std::vector<std::string> all_stages(Manifest& manifest) {
  std::vector<std::string> stages;
  std::string last;
  while (true) {
    Query query(manifest, "SELECT stage FROM item WHERE stage > ? ORDER BY stage LIMIT 1", last);
    if (!query.step()) return stages;
    last = query.text(0);
    stages.push_back(last);
  }
}

}  // namespace

Items::Items(Manifest& manifest, std::string stage) : manifest_(manifest), stage_(std::move(stage)) {
  if (stage_.empty() ||
      stage_.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") != std::string::npos) {
    throw std::invalid_argument("stage name '" + stage_ + "': use lower-case letters, digits, '_' and '-'");
  }
}

// Leases that ran out, and those of owners that are dead on this host, become pending again.
void Items::return_lost_leases(double now) {
  std::vector<std::string> dead;
  {
    Query owners(manifest_, "SELECT DISTINCT owner FROM item WHERE stage = ? AND state = 'leased'", stage_);
    while (owners.step()) {
      const std::string owner = owners.text(0);
      if (owner != owner_ && owner_is_dead(owner)) dead.push_back(owner);
    }
  }
  constexpr const char* kToPending =
      "UPDATE item INDEXED BY item_leased SET state = 'pending', reason = 'interrupted', not_before = 0, "
      "owner = NULL, lease_until "
      "= NULL "
      "WHERE stage = ? AND state = 'leased' AND ";
  for (const std::string& owner : dead) {
    Query(manifest_, std::string(kToPending) + "owner = ?", stage_, owner).run();
  }
  Query(manifest_, std::string(kToPending) + "lease_until < ?", stage_, now).run();
}

std::vector<LeasedItem> Items::claim(int n, const Owner& owner, double lease_seconds) {
  const double now = unix_time();
  WriteScope scope(manifest_);
  owner_ = owner_text(owner);
  return_lost_leases(now);
  // What is listed leads the join, as it is short, and what it finds is sorted.
  const std::string sql = is_about_listed()
                              ? "SELECT item.key, fingerprint, attempt FROM " + listed_table() +
                                    " AS listed CROSS JOIN item ON item.key = listed.key WHERE "
                                    "stage = ? AND state = 'pending' AND "
                                    "not_before <= ? ORDER BY not_before, item.key LIMIT ?"
                              : "SELECT key, fingerprint, attempt FROM item WHERE stage = ? AND "
                                "state = 'pending' AND not_before <= ? "
                                "ORDER BY not_before, key LIMIT ?";
  std::vector<LeasedItem> leased;
  {
    Query query(manifest_, sql, stage_, now, n);
    while (query.step()) leased.push_back({query.text(0), query.text(1), query.small_integer(2) + 1});
  }
  for (const LeasedItem& item : leased) {
    Query(manifest_,
          "UPDATE item SET state = 'leased', owner = ?, lease_until = ?, attempt = ?, updated = ? "
          "WHERE stage = ? AND key = ?",
          owner_, now + lease_seconds, item.attempt, now, stage_, item.key)
        .run();
  }
  scope.commit();
  return leased;
}

void Items::renew(const Owner& owner, double lease_seconds) {
  Query(manifest_,
        "UPDATE item INDEXED BY item_leased SET lease_until = ? WHERE stage = ? AND state = 'leased' AND "
        "owner = ?",
        unix_time() + lease_seconds, stage_, owner_text(owner))
      .run();
}

void Items::release(const Owner& owner) {
  Query(manifest_,
        "UPDATE item INDEXED BY item_leased SET state = 'pending', reason = 'interrupted', attempt = "
        "max(attempt - 1, 0), owner = "
        "NULL, "
        "lease_until = NULL WHERE stage = ? AND state = 'leased' AND owner = ?",
        stage_, owner_text(owner))
      .run();
}

void Items::finish(const std::vector<ItemOutcome>& outcomes) {
  const double now = unix_time();
  WriteScope scope(manifest_);
  for (const ItemOutcome& outcome : outcomes) {
    if (outcome.state == ItemState::kLeased) {
      throw std::invalid_argument("finish: item '" + outcome.key + "' cannot end as leased");
    }
    const bool waits = outcome.state == ItemState::kPending;
    const bool done = outcome.state == ItemState::kDone;
    std::string sql =
        "UPDATE item SET state = ?1, not_before = ?2, error = nullif(?3, ''), error_kind = nullif(?4, ''), "
        "seconds = ?5, peak_memory_bytes = ?6, updated = ?7, owner = NULL, lease_until = NULL, "
        "reason = CASE WHEN ?1 = 'pending' THEN 'retry' ELSE reason END WHERE stage = ?8 AND key = ?9";
    const std::string kind = outcome.error_kind.empty() && !done ? "unknown" : outcome.error_kind;
    const auto run = [&](const auto&... more) {
      Query(manifest_, sql, outcome.state, waits ? now + outcome.retry_after_seconds : 0.0,
            done ? std::string() : outcome.error, done ? std::string() : kind, outcome.seconds,
            outcome.peak_memory_bytes, now, stage_, outcome.key, more...)
          .run();
    };
    if (owner_.empty()) {
      run();
    } else {
      sql += " AND state = 'leased' AND owner = ?10";
      run(owner_);
    }
  }
  scope.commit();
}

std::map<ItemState, std::int64_t> Items::counts() const {
  std::map<ItemState, std::int64_t> counts;
  const std::string items =
      keep_ ? listed_table() + " AS listed CROSS JOIN item ON item.key = listed.key" : "item";
  Query query(manifest_, "SELECT state, count(*) FROM " + items + " WHERE stage = ? GROUP BY state", stage_);
  while (query.step()) counts[query.named<ItemState>(0)] = query.integer(1);
  return counts;
}

double Items::seconds_until_next_retry() const {
  const std::string sql =
      is_about_listed()
          ? "SELECT min(not_before) FROM " + listed_table() +
                " AS listed CROSS JOIN item ON item.key = listed.key WHERE stage = ? AND state = 'pending'"
          : "SELECT min(not_before) FROM item WHERE stage = ? AND state = 'pending'";
  Query query(manifest_, sql, stage_);
  if (!query.step() || query.is_null(0)) return -1;
  return std::max(0.0, query.real(0) - unix_time());
}

std::int64_t Items::retry(const std::string& error_kind) {
  // The three states once more: the condition of the partial index, word for word.
  const std::string to_pending =
      "UPDATE item INDEXED BY item_trouble SET state = 'pending', reason = 'retry', attempt = 0, not_before "
      "= 0 "
      "WHERE stage = ? AND state IN ('rejected', 'failed', 'skipped') AND ";
  if (error_kind.empty()) return Query(manifest_, to_pending + "state = 'failed'", stage_).run();
  return Query(manifest_, to_pending + "state IN ('rejected', 'failed') AND error_kind = ?", stage_,
               error_kind)
      .run();
}

void for_each_done_item(Manifest& manifest, const std::string& stage,
                        const std::function<void(const DoneItem&)>& visit, const std::string& key_prefix) {
  const std::string end = key_prefix.empty() ? std::string("\xff") : prefix_end(key_prefix);
  std::string last;
  bool first = true;
  while (true) {
    std::vector<DoneItem> page;
    int rows = 0;
    {
      Query query(manifest,
                  first ? "SELECT key, fingerprint, state FROM item WHERE stage = ? AND key >= ? AND key < ? "
                          "ORDER BY key LIMIT ?"
                        : "SELECT key, fingerprint, state FROM item WHERE stage = ? AND key > ? AND key < ? "
                          "ORDER BY key LIMIT ?",
                  stage, first ? key_prefix : last, end, kPage);
      for (; query.step(); ++rows) {
        last = query.text(0);
        if (query.named<ItemState>(2) == ItemState::kDone) page.push_back({last, query.text(1)});
      }
    }
    first = false;
    for (const DoneItem& item : page) visit(item);
    if (rows < kPage) return;
  }
}

std::optional<std::string> done_fingerprint(Manifest& manifest, const std::string& stage,
                                            const std::string& key) {
  Query query(manifest, "SELECT fingerprint FROM item WHERE stage = ? AND key = ? AND state = 'done'", stage,
              key);
  if (!query.step()) return std::nullopt;
  return query.text(0);
}

double mean_seconds(Manifest& manifest, const std::string& stage, const std::string& key_prefix) {
  Query query(
      manifest,
      "SELECT coalesce(avg(seconds), 0) FROM item WHERE stage = ? AND key >= ? AND key < ? AND state = "
      "'done'",
      stage, key_prefix, prefix_end(key_prefix));
  query.step();
  return query.real(0);
}

std::optional<std::string> settled_fingerprint(Manifest& manifest, const std::string& stage,
                                               const std::string& key) {
  Query query(manifest,
              "SELECT state || ' ' || fingerprint FROM item WHERE stage = ? AND key = ? AND state IN "
              "('done', 'rejected')",
              stage, key);
  if (!query.step()) return std::nullopt;
  return query.text(0);
}

std::vector<ItemHistory> item_history(Manifest& manifest, const std::string& uid) {
  std::vector<ItemHistory> history;
  const std::string select = std::string("SELECT ") + kHistoryColumns + " FROM item WHERE stage = ? AND ";
  for (const std::string& stage : all_stages(manifest)) {
    Query own(manifest, select + "key = ?", stage, uid);
    while (own.step()) history.push_back(history_from(own));
    Query parts(manifest, select + "key > ? AND key < ? ORDER BY key", stage, uid + "/", uid + "0");
    while (parts.step()) history.push_back(history_from(parts));
  }
  return history;
}

std::vector<ItemHistory> failed_items(Manifest& manifest, const std::string& stage, int limit) {
  std::vector<ItemHistory> failed;
  for (const std::string& name : stage.empty() ? all_stages(manifest) : std::vector<std::string>{stage}) {
    const int wanted = limit - static_cast<int>(failed.size());
    if (wanted <= 0) break;
    Query query(
        manifest,
        std::string("SELECT ") + kHistoryColumns +
            " FROM item WHERE stage = ? AND state IN ('rejected', 'failed') AND state IN ('rejected', "
            "'failed', 'skipped') ORDER BY state, error_kind, key LIMIT ?",
        name, wanted);
    while (query.step()) failed.push_back(history_from(query));
  }
  return failed;
}

}  // namespace funcorr
