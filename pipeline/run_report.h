#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "db/manifest/items.h"
#include "pipeline/progress.h"
#include "pipeline/retry.h"

namespace funcorr {

// What one run of a stage came to.
struct RunReport {
  struct ErrorKind {
    ItemState state = ItemState::kFailed;
    std::int64_t count = 0;
    std::string key, error;  // the first one
  };

  std::string stage;
  Items::Listing listing;
  std::int64_t to_do = 0;  // items that were not up to date
  std::int64_t done = 0, skipped = 0, rejected = 0, failed = 0;
  std::int64_t tried_again = 0;             // attempts that did not end their item
  std::int64_t failed_before = 0;           // by earlier runs, and not tried by this one
  std::map<std::string, ErrorKind> errors;  // by kind; of rejected and failed items
  std::string fatal;                        // why the stage had to stop; empty: it did not
  bool interrupted = false;
  double seconds = 0;

  std::int64_t ended() const { return done + skipped + rejected + failed; }
  void count(const ItemOutcome& outcome);
  ProgressCounts progress() const { return {to_do, ended(), rejected, failed}; }
  // 0 all done · 1 some items failed · 3 fatal · 130 interrupted.
  int exit_status() const;
};

std::string to_text(const RunReport& report);  // a line, and one per kind of error
nlohmann::json to_json(const RunReport& report);

// What -n prints: how many items would be done and why; for programs, and for people (of that same JSON).
nlohmann::json listing_json(const std::string& stage, const Items::Listing& listing);
std::string listing_text(const nlohmann::json& listing);
std::int64_t to_do_count(const Items::Listing& listing);

}  // namespace funcorr
