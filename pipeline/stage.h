#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/workspace.h"
#include "db/format/random.h"
#include "db/manifest/items.h"
#include "db/manifest/manifest.h"
#include "pipeline/options.h"

namespace funcorr {

// How the work on one item ended. done · skipped · rejected (bad input; final, with reason) ·
// transient (tried again with back-off) · fatal (stops the stage: full disk, bad config, no credit).
enum class Outcome { kDone, kSkipped, kRejected, kTransient, kFatal };

struct ItemResult {
  Outcome outcome = Outcome::kDone;
  std::string error;       // one line for people; empty when done
  std::string error_kind;  // short stable word to group by, "no_triangles"
  // What commit() needs; travels from the worker as one line of JSON, at most 64 MB.
  nlohmann::json output = nlohmann::json::object();
  double retry_after_seconds = 0;
  static ItemResult done(nlohmann::json output = nlohmann::json::object()) {
    return {Outcome::kDone, {}, {}, std::move(output)};
  }
  static ItemResult skipped(std::string kind, std::string why) {
    return {Outcome::kSkipped, std::move(why), std::move(kind)};
  }
  static ItemResult rejected(std::string kind, std::string why) {
    return {Outcome::kRejected, std::move(why), std::move(kind)};
  }
  static ItemResult transient(std::string kind, std::string why) {
    return {Outcome::kTransient, std::move(why), std::move(kind)};
  }
  static ItemResult fatal(std::string kind, std::string why) {
    return {Outcome::kFatal, std::move(why), std::move(kind)};
  }
};

// What a stage knows while it runs. In a worker there is no manifest.
struct StageContext {
  Workspace workspace;
  Options options;
  std::uint64_t seed = 0;                // global seed; see item_seed()
  std::string options_fingerprint;       // of `options` and the seed
  Manifest* manifest = nullptr;          // null in a worker
  std::function<bool()> stop_requested;  // SIGINT or SIGTERM arrived: finish or drop what runs
  int threads = 1;                       // that work() may use: the CPUs are shared with the other workers
  bool json_output = false;              // --json: stdout is for one JSON document; print nothing else there
};

// Collects what list_items() wants; joins the options' fingerprint to the upstream's.
class ItemSink {
 public:
  virtual ~ItemSink() = default;
  // `upstream`: fingerprints (or content hashes) of everything the item is made from, joined in a fixed
  // order.
  virtual void want(const std::string& key, const std::string& upstream) = 0;
};

// A stage of the line. One object lives in the stage process; workers have one of their own (re-executed with
// --worker). Stage code lists, describes, works and commits; the runtime (pipeline/) does options, leases,
// workers, limits, retries, progress, signals and exit codes.
class Stage {
 public:
  virtual ~Stage() = default;
  virtual std::string name() const = 0;
  virtual std::string summary() const = 0;  // first line of --help
  // With a bool named `estimate`, a run for which it is set is a dry one: list_items prints the estimate.
  virtual OptionTable options() const = 0;

  // Stage process: every item there should be, in any order.
  virtual void list_items(StageContext& context, ItemSink& sink) = 0;

  // Stage process: everything work() needs to know of the item, from the manifest, as JSON. Throwing marks
  // the item failed.
  virtual nlohmann::json describe(StageContext& context, const std::string& key) {
    (void)context;
    (void)key;
    return nlohmann::json::object();
  }

  // Folders a worker may read besides the workspace (which it may write), from the item-independent context:
  // HDRIs, asset roots.
  virtual std::vector<std::filesystem::path> readable_folders(StageContext& context) {
    (void)context;
    return {};
  }

  // Worker process: does the item. Writes artifacts through write_artifact(); no manifest. Throwing
  // std::exception = failed attempt, tried again until max_attempts; EnvironmentError and UsageError stop the
  // stage.
  virtual ItemResult work(StageContext& context, const std::string& key, const nlohmann::json& job);

  // Stage process, inside the transaction that also finishes the item: stores rows. Only for done (and
  // skipped) items. May be called again for the same result after a rollback. Throwing is a failed attempt.
  // Use `context.manifest` of this call: with in_process() it is called on the runtime's commit thread, which
  // has a connection of its own, while run_in_process goes on.
  virtual void commit(StageContext& context, const std::string& key, const ItemResult& result) {
    (void)context;
    (void)key;
    (void)result;
  }

  // A stage that does its items in the stage process itself (it needs the manifest, the network or all cores:
  // catalog, parts, ground, train, report) returns true and overrides run_in_process, which gets a batch of
  // claimed items and reports each through `finish` as it ends. run_in_process is called on the main thread
  // and may use `context.manifest` on that thread only, with no Transaction left open for long: the commit
  // thread waits for it. `finish` may be called from any thread; it only queues, and the commit thread stores
  // the result (commit(), then the outcome, in one transaction) within a fraction of a second. All that was
  // reported is committed before the next batch. Items that are not reported when run_in_process returns
  // count as failed attempts, unless stop_requested() told it to return early; when it throws, likewise, with
  // the exception's text (EnvironmentError, ManifestError and UsageError end the stage instead).
  // stop_requested() is also true after a fatal outcome. The default does one item after the other by work().
  virtual bool in_process() const { return false; }
  struct Claimed {
    std::string key;
    nlohmann::json job;
    int attempt = 1;
  };
  virtual void run_in_process(StageContext& context, const std::vector<Claimed>& items,
                              const std::function<void(const std::string& key, ItemResult)>& finish);
  virtual int batch_size() const { return 64; }  // items claimed at once

  // Extra tail of the progress line ("$1.20 spent"); called from the progress thread.
  virtual std::string progress_note() { return {}; }
  // Stage process only. begin: after the manifest is open and before list_items, which may use what it
  // stored; not in a dry run (-n), which must change nothing. end: after the last commit, unless the run was
  // interrupted or had to stop; summaries go to stdout (not with context.json_output).
  virtual void begin(StageContext& context) { (void)context; }
  virtual void end(StageContext& context) { (void)context; }
};

// main() of a stage executable. Exit status: 0 all done · 1 some items failed · 2 usage or config · 3
// environment · 130 interrupted.
int stage_main(int argc, char** argv, Stage& stage);

}  // namespace funcorr
