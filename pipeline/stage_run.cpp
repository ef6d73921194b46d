#include "pipeline/stage_run.h"

#include <algorithm>
#include <cmath>

#include <sched.h>
#include <spdlog/spdlog.h>

namespace funcorr {
namespace {

constexpr double kWaitForOthers_s = 1;
constexpr std::int64_t kLoggedOfAKind = 10;

int cpu_count() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) return 1;
  return std::max(1, CPU_COUNT(&cpus));
}

}  // namespace

RunSettings run_settings(const RunOptions& options) {
  RunSettings settings;
  settings.workers = options.workers > 0 ? options.workers : cpu_count();
  settings.threads = options.threads > 0 ? options.threads : std::max(1, cpu_count() / settings.workers);
  settings.memory_bytes = options.memory_limit_mb << 20;
  settings.file_bytes = options.file_limit_mb << 20;
  settings.min_free_bytes = options.min_free_disk_mb << 20;
  settings.time_limit_s = options.time_limit_s;
  settings.lease_s = options.lease_s;
  settings.recycle_after = options.recycle_after;
  settings.sandbox = options.sandbox;
  settings.allow_network_filesystem = options.allow_network_filesystem;
  settings.retry = {options.max_attempts, {options.retry_delay_s, options.retry_delay_max_s}};
  return settings;
}

void note_outcome(StageRun& run, const Attempt& attempt, const ItemOutcome& outcome) {
  RunReport& report = run.report;
  if (!attempt.broken && attempt.result.outcome() == Outcome::kFatal) {
    if (report.fatal.empty()) report.fatal = attempt.key + ": " + attempt.result.ending().error;
    return;
  }
  report.count(outcome);
  run.progress.update(report.progress());
  if (outcome.state == ItemState::kDone || outcome.state == ItemState::kSkipped) {
    spdlog::debug("{}: {} in {:.2f} s {}", outcome.key, to_string(outcome.state), outcome.seconds,
                  outcome.error);
    return;
  }
  if (outcome.state == ItemState::kPending) {
    const auto level = run.settings.verbose ? spdlog::level::info : spdlog::level::debug;
    spdlog::log(level, "{}: attempt {} of {} ({}), tried again in {:.1f} s: {}", outcome.key, attempt.number,
                run.settings.retry.max_attempts, outcome.error_kind, outcome.retry_after_seconds,
                outcome.error);
    return;
  }
  const std::int64_t seen = report.errors[outcome.error_kind].count;
  if (seen > kLoggedOfAKind) return;
  spdlog::warn("{}: {} ({}): {}", outcome.key, to_string(outcome.state), outcome.error_kind, outcome.error);
  if (seen == kLoggedOfAKind) spdlog::warn("more of kind {} are counted only", outcome.error_kind);
}

std::optional<double> pause_before_next_claim(Items& items) {
  const double pause = items.seconds_until_next_retry();
  if (pause >= 0) return pause;
  const auto counts = items.counts();
  const auto leased = counts.find(ItemState::kLeased);
  if (leased == counts.end() || leased->second == 0) return std::nullopt;
  return kWaitForOthers_s;
}

Described describe_item(StageRun& run, const LeasedItem& item) {
  try {
    return {run.stage.describe(run.context, item.key), std::nullopt};
  } catch (const StoppingError&) {
    throw;
  } catch (const std::exception& error) {
    Attempt attempt;
    attempt.key = item.key;
    attempt.number = item.attempt;
    attempt.broken = true;
    attempt.result = transient("describe", std::string("describing the item: ") + error.what());
    return {{}, std::move(attempt)};
  }
}

}  // namespace funcorr
