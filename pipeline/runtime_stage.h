#pragma once

#include <any>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/dataset/workspace.h"
#include "db/format/random.h"
#include "db/manifest/items.h"
#include "db/manifest/manifest.h"
#include "pipeline/options.h"
#include "pipeline/result.h"
#include "pipeline/run_options.h"

namespace funcorr {

// What the stage process knows while a stage runs.
struct StageContext {
  Workspace workspace;
  Manifest& manifest;
  std::uint64_t seed = 0;                // global seed; see item_seed()
  std::string preset;                    // the name of the set of values that the options start from
  std::string options_fingerprint;       // of the options and the seed
  std::function<bool()> stop_requested;  // SIGINT or SIGTERM arrived: finish or drop what runs
  int threads = 1;                       // that the work may use
  bool json_output = false;              // --json: stdout is for one JSON document; print nothing else there
};

// Of an item that is made from what `upstream` tells: fingerprints or content hashes, joined in a fixed
// order. The one rule of what is up to date.
std::string item_fingerprint(const StageContext& context, const std::string& upstream);

// What a worker process knows.
struct WorkContext {
  Workspace workspace;
  std::uint64_t seed = 0;  // global seed; see item_seed()
  int threads = 1;         // that the work may use: the CPUs are shared with the other workers
};

// Collects what a stage wants to be there, and says of each item whether it is.
class ItemSink {
 public:
  // An item as it is wanted. The answer costs a look into the manifest, for those who ask.
  class Wanted {
   public:
    Wanted(const ItemSink& sink, std::string key, std::string fingerprint)
        : sink_(sink), key_(std::move(key)), fingerprint_(std::move(fingerprint)) {}
    bool is_up_to_date() const { return sink_.is_done(key_, fingerprint_); }

   private:
    const ItemSink& sink_;
    std::string key_, fingerprint_;
  };
  virtual ~ItemSink() = default;
  // As item_fingerprint() has it.
  virtual Wanted want(const std::string& key, const std::string& upstream) = 0;
  // Items that this listing does not want are deleted, but for those that `keep` is true of: they are not
  // this run's business and stay as they are.
  virtual void keep_others(std::function<bool(const std::string& key)> keep) = 0;

 private:
  virtual bool is_done(const std::string& key, const std::string& fingerprint) const = 0;
};

// A stage as the runtime sees it, with jobs and products of any type: pipeline/stage.h says what each call is
// for, and has the types that stages derive from.
class RuntimeStage {
 public:
  // Of a stage that works in workers, job and product are nlohmann::json.
  struct Claimed {
    std::string key;
    std::any job;
    int attempt = 1;
  };
  using Finish = std::function<void(const std::string& key, Result<std::any> result)>;

  virtual ~RuntimeStage() = default;
  virtual std::string name() const = 0;
  virtual std::string summary() const = 0;
  virtual OptionTable option_table() const = 0;
  virtual RunOptions run_defaults() const = 0;
  virtual std::string follows() const { return {}; }
  // Other defaults for options that nobody set, where those that were set imply them.
  virtual void complete(Options& options) { (void)options; }
  virtual void use(const Options& resolved) = 0;  // in the stage process and in workers, before all else
  virtual bool in_process() const = 0;
  virtual bool only_estimates() const = 0;
  virtual int batch_size() const = 0;
  virtual std::int64_t most_items() const { return 0; }
  virtual std::string progress_note() = 0;

  virtual void begin(StageContext& context) = 0;
  virtual void list(StageContext& context, ItemSink& sink) = 0;
  virtual std::any describe(StageContext& context, const std::string& key) = 0;
  virtual void commit(StageContext& context, const std::string& key, const std::any& product) = 0;
  virtual void end(StageContext& context) = 0;

  // Of stages that work in workers.
  virtual std::vector<std::filesystem::path> readable_folders(StageContext& context) = 0;
  virtual bool uses_gpu() const = 0;
  virtual void begin_worker(const WorkContext& context) = 0;  // in a worker, inside the sandbox
  virtual Result<std::any> work(const std::string& key, const nlohmann::json& job) = 0;

  // Of stages that work in the stage process.
  virtual void run(StageContext& context, std::vector<Claimed> items, const Finish& finish) = 0;
};

// main() of a stage executable; see ExitStatus for what it returns.
int stage_main(int argc, char** argv, RuntimeStage& stage);

}  // namespace funcorr
