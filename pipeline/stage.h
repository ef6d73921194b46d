#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/items.h"
#include "db/manifest.h"
#include "pipeline/options.h"

namespace funcorr {

// How the work on one item ended. done · skipped · rejected (bad input; final, with reason) ·
// transient (tried again with back-off) · fatal (stops the stage: full disk, bad config, no credit).
enum class Outcome { kDone, kSkipped, kRejected, kTransient, kFatal };

struct ItemResult {
  Outcome outcome = Outcome::kDone;
  std::string error;       // one line for people; empty when done
  std::string error_kind;  // short stable word to group by, "no_triangles"
  nlohmann::json output;   // what commit() needs; travels from the worker as one line of JSON
  double retry_after_seconds = 0;
  static ItemResult done(nlohmann::json output = {}) {
    return {Outcome::kDone, {}, {}, std::move(output), 0};
  }
  static ItemResult skipped(std::string kind, std::string why) {
    return {Outcome::kSkipped, std::move(why), std::move(kind), {}, 0};
  }
  static ItemResult rejected(std::string kind, std::string why) {
    return {Outcome::kRejected, std::move(why), std::move(kind), {}, 0};
  }
  static ItemResult transient(std::string kind, std::string why) {
    return {Outcome::kTransient, std::move(why), std::move(kind), {}, 0};
  }
  static ItemResult fatal(std::string kind, std::string why) {
    return {Outcome::kFatal, std::move(why), std::move(kind), {}, 0};
  }
};

// The folders of a workspace.
struct Workspace {
  std::filesystem::path root;
  std::filesystem::path manifest() const { return root / "manifest.sqlite"; }
  std::filesystem::path config() const { return root / "funcorr.toml"; }
  std::filesystem::path asset(const std::string& uid) const {
    return root / "assets" / uid.substr(0, 2) / uid;
  }
  std::filesystem::path heat(const std::string& uid, const std::string& part) const;  // heat/<part>.npy
  std::filesystem::path mask(const std::string& uid, const std::string& part,
                             int view) const;  // mask/<part>/0000.png
  std::filesystem::path shards() const { return root / "train" / "shards"; }
  std::filesystem::path run(const std::string& name) const { return root / "train" / "runs" / name; }
  std::filesystem::path eval() const { return root / "eval"; }
  std::filesystem::path report() const { return root / "report"; }
};

// What a stage knows while it runs. In a worker there is no manifest.
struct StageContext {
  Workspace workspace;
  Options options;
  std::uint64_t seed = 0;                // global seed; see item_seed()
  std::string options_fingerprint;       // of `options` and the seed
  Manifest* manifest = nullptr;          // null in a worker
  std::function<bool()> stop_requested;  // SIGINT or SIGTERM arrived: finish or drop what runs
};

// Every random choice is seeded by (global seed, stage, item).
std::uint64_t item_seed(std::uint64_t global_seed, const std::string& stage, const std::string& key);

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

  // Worker process: does the item. Writes artifacts through ArtifactWriter; no manifest. Throwing
  // std::exception = failed attempt.
  virtual ItemResult work(StageContext& context, const std::string& key, const nlohmann::json& job);

  // Stage process, inside the transaction that also finishes the item: stores rows. Only for done (and
  // skipped) items.
  virtual void commit(StageContext& context, const std::string& key, const ItemResult& result) {
    (void)context;
    (void)key;
    (void)result;
  }

  // A stage that does its items in the stage process itself (it needs the manifest, the network or all cores:
  // catalog, parts, ground, train, report) returns true and overrides run_in_process, which gets a batch of
  // claimed items and reports each through `finish` (thread-safe) as it ends; the runtime commits.
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
  // Before the first claim / after the last commit, stage process only (checks of the environment; summaries
  // to stdout).
  virtual void begin(StageContext& context) { (void)context; }
  virtual void end(StageContext& context) { (void)context; }
};

// main() of a stage executable. Exit status: 0 all done · 1 some items failed · 2 usage or config · 3
// environment · 130 interrupted.
int stage_main(int argc, char** argv, Stage& stage);

}  // namespace funcorr
