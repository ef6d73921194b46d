#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "db/manifest/items.h"
#include "pipeline/progress.h"
#include "pipeline/retry.h"
#include "pipeline/run_options.h"
#include "pipeline/run_report.h"
#include "pipeline/runtime_stage.h"
#include "pipeline/signals.h"

namespace funcorr {

// How a run goes about its items: the shared options, resolved.
struct RunSettings {
  int workers = 1, threads = 1;
  std::int64_t memory_bytes = 0, file_bytes = 0, min_free_bytes = 0;
  double time_limit_s = 0, lease_s = 60;
  int recycle_after = 0;
  bool sandbox = true, keep_going = true, verbose = false;
  bool allow_network_filesystem = false;
  RetryPolicy retry;
};
RunSettings run_settings(const RunOptions& options);

// One run of a stage: what the loops over its items share. Everything but `stage.stop` belongs to the main
// thread.
struct StageRun {
  RuntimeStage& stage;
  StageContext& context;
  const Options& options;  // resolved, for workers
  Items& items;            // listed already
  const RunSettings& settings;
  Progress& progress;
  const StopSignals& signals;
  RunReport& report;
};

// Claims, works and commits until nothing is left that could be done, a signal arrives, or the stage has to
// stop. Items that other processes hold are waited for: they may die. Leases that are left are given back.
// Throws EnvironmentError, ManifestError, UsageError after committing what can be.
void run_with_workers(StageRun& run);      // stages that work() in worker processes
void run_in_stage_process(StageRun& run);  // stages with in_process()

// Counts and logs an outcome that is in the manifest; notes a fatal one in the report.
void note_outcome(StageRun& run, const Attempt& attempt, const ItemOutcome& outcome);

// Seconds until something may be claimable; nothing: all items have ended.
std::optional<double> pause_before_next_claim(Items& items);

// The item's job as the stage describes it, or the broken attempt when that throws.
struct Described {
  std::any job;
  std::optional<Attempt> broken;
};
Described describe_item(StageRun& run, const LeasedItem& item);

}  // namespace funcorr
