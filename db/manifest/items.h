#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "db/format/named_enum.h"
#include "db/manifest/manifest.h"

namespace funcorr {

// An item is one unit of a stage's work (an asset, an asset's part, a pair …).
// pending → leased → done | skipped | rejected | failed;  transient failures go back to pending with a time
// not before.
enum class ItemState { kPending, kLeased, kDone, kSkipped, kRejected, kFailed };
constexpr auto names_of(ItemState) {
  return std::to_array<EnumName<ItemState>>({{ItemState::kPending, "pending"},
                                             {ItemState::kLeased, "leased"},
                                             {ItemState::kDone, "done"},
                                             {ItemState::kSkipped, "skipped"},
                                             {ItemState::kRejected, "rejected"},
                                             {ItemState::kFailed, "failed"}});
}

// What an item should be now. A fingerprint is "<options hash>:<upstream hash>", so that a stale item can say
// which half moved.
struct WantedItem {
  std::string key;  // unique within the stage; "uid", "uid/part" …; see the stage's documentation
  std::string fingerprint;
};

struct LeasedItem {
  std::string key;
  std::string fingerprint;
  int attempt = 1;  // 1 for the first
};

struct ItemOutcome {
  std::string key;
  ItemState state =
      ItemState::kDone;    // kPending: transient, to be tried again not before `retry_after_seconds`
  std::string error;       // reason of rejection or failure, one line; empty when done
  std::string error_kind;  // short stable word to group by: "no_triangles", "timeout", "signal 11" …
  double seconds = 0;      // wall time of the attempt
  std::int64_t peak_memory_bytes = 0;
  double retry_after_seconds = 0;
};

struct Owner {  // who holds a lease
  std::string host;
  std::int64_t pid = 0;
  std::int64_t process_start =
      0;  // from /proc/<pid>/stat: a recycled pid is not mistaken for its predecessor
  static Owner self();
};

// Why an item would be worked on: for `-n`.
enum class StaleReason {
  kNew,
  kOptionsChanged,
  kInputChanged,
  kInterrupted,
  kRetry,
  kForced,
  kUpToDate,
  kGone
};
constexpr auto names_of(StaleReason) {
  return std::to_array<EnumName<StaleReason>>({{StaleReason::kNew, "new"},
                                               {StaleReason::kOptionsChanged, "options changed"},
                                               {StaleReason::kInputChanged, "input changed"},
                                               {StaleReason::kInterrupted, "interrupted"},
                                               {StaleReason::kRetry, "retry"},
                                               {StaleReason::kForced, "forced"},
                                               {StaleReason::kUpToDate, "up to date"},
                                               {StaleReason::kGone, "gone"}});
}

// The item table as one stage sees it.
class Items {
 public:
  Items(Manifest& manifest, std::string stage);

  // Brings the table in line with what the stage wants now: call begin_listing, want (in batches of any
  // size), end_listing. New items and items whose fingerprint moved become pending; final ones with the same
  // fingerprint are left alone; items that are not wanted any more are deleted at end_listing (unless
  // `partial`: only some were listed). Returns the count of items by reason. `dry_run` changes nothing and
  // only counts.
  struct ListingOptions {
    bool dry_run = false;
    bool force = false;
    bool partial = false;
  };
  void begin_listing(ListingOptions options);
  void want(const std::vector<WantedItem>& items);
  // Items that are not wanted but for which `keep` is true are not deleted at end_listing: they stay as they
  // are, and what follows (claim, counts …) is about the wanted ones only.
  using Keep = std::function<bool(const std::string& key)>;
  void keep_others(Keep keep) { keep_ = std::move(keep); }
  // Up to `examples` keys are kept per reason, for the person who asks why.
  struct Listing {
    std::map<StaleReason, std::int64_t> counts;
    std::map<StaleReason, std::vector<std::string>> examples;
  };
  Listing end_listing(int examples = 3);

  // Leases up to n pending items (in key order; those with a retry time after it, behind the others) for
  // `lease_seconds`; also items whose lease ran out or whose owner is dead on this host. After a partial
  // listing, only items that were listed. One IMMEDIATE transaction.
  std::vector<LeasedItem> claim(int n, const Owner& owner, double lease_seconds);
  void renew(const Owner& owner, double lease_seconds);
  void release(const Owner& owner);  // on SIGINT: leases back to pending, attempt not counted
  // Writes outcomes; call within the stage's own Transaction together with the stage's rows. An item that is
  // no longer leased to the owner of the last claim (its lease ran out and was taken, or its fingerprint
  // moved meanwhile) is left as it is. Without a claim before, writes unconditionally.
  void finish(const std::vector<ItemOutcome>& outcomes);

  std::map<ItemState, std::int64_t> counts() const;
  double seconds_until_next_retry() const;  // 0: something is claimable; < 0: nothing waits
  std::int64_t retry(
      const std::string& error_kind = {});  // failed (and rejected, when its kind is named) → pending
  const std::string& stage() const { return stage_; }

 private:
  Manifest& manifest_;
  std::string stage_;
  ListingOptions listing_;
  Keep keep_;
  Listing found_;
  std::string owner_;  // of the last claim
  std::string listed_table() const;
  bool is_about_listed() const { return listing_.partial || keep_; }
  void note(StaleReason reason, const std::string& key);
  void want_one(const WantedItem& item);
  void return_lost_leases(double now);
};

// Finished items of an upstream stage, in key order: what a downstream stage lists from. `key_prefix` narrows
// ("uid/").
struct DoneItem {
  std::string key;
  std::string fingerprint;
};
void for_each_done_item(Manifest& manifest, const std::string& stage,
                        const std::function<void(const DoneItem&)>& visit,
                        const std::string& key_prefix = {});
std::optional<std::string> done_fingerprint(Manifest& manifest, const std::string& stage,
                                            const std::string& key);
// Of an item that is done, or was rejected for good; nothing of one that is still to do, or failed.
std::optional<std::string> settled_fingerprint(Manifest& manifest, const std::string& stage,
                                               const std::string& key);

// Wall time of a stage's finished items whose keys begin so; 0 where there is none.
double mean_seconds(Manifest& manifest, const std::string& stage, const std::string& key_prefix);

// Everything recorded of one item or asset, for `funcorr why`.
struct ItemHistory {
  std::string stage, key;
  ItemState state = ItemState::kPending;
  std::string error, error_kind, fingerprint;
  int attempt = 0;
  double seconds = 0;
  std::int64_t peak_memory_bytes = 0;
  std::string updated;
};
std::vector<ItemHistory> item_history(Manifest& manifest, const std::string& uid);
std::vector<ItemHistory> failed_items(Manifest& manifest, const std::string& stage /* empty: all */,
                                      int limit);

}  // namespace funcorr
