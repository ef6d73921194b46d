#include "pipeline/run_report.h"

#include <fmt/format.h>

#include "pipeline/exit_status.h"

namespace funcorr {
namespace {

using nlohmann::json;

json reasons_json(const Items::Listing& listing) {
  json reasons = json::object();
  for (const auto& [reason, count] : listing.counts) {
    const auto examples = listing.examples.find(reason);
    reasons[std::string(to_string(reason))] = {
        {"count", count},
        {"examples", examples == listing.examples.end() ? json::array() : json(examples->second)}};
  }
  return reasons;
}

}  // namespace

void RunReport::count(const ItemOutcome& outcome) {
  switch (outcome.state) {
    case ItemState::kDone:
      ++done;
      break;
    case ItemState::kSkipped:
      ++skipped;
      break;
    case ItemState::kRejected:
      ++rejected;
      break;
    case ItemState::kFailed:
      ++failed;
      break;
    case ItemState::kPending:
    case ItemState::kLeased:
      ++tried_again;
      break;
  }
  if (outcome.state != ItemState::kRejected && outcome.state != ItemState::kFailed) return;
  ErrorKind& kind = errors[outcome.error_kind];
  if (kind.count++ == 0) {
    kind.state = outcome.state;
    kind.key = outcome.key;
    kind.error = outcome.error;
  }
}

int RunReport::exit_status() const {
  if (!fatal.empty()) return kWrongEnvironment;
  if (interrupted) return kInterrupted;
  return failed + failed_before > 0 ? kItemsFailed : kAllDone;
}

std::string to_text(const RunReport& report) {
  std::string text = fmt::format("{}: {} done", report.stage, report.done);
  const auto add = [&](std::int64_t count, const char* what) {
    if (count > 0) text += fmt::format(", {} {}", count, what);
  };
  add(report.skipped, "skipped");
  add(report.rejected, "rejected");
  add(report.failed, "failed");
  add(report.failed_before, "failed before");
  const auto fresh = report.listing.counts.find(StaleReason::kUpToDate);
  if (fresh != report.listing.counts.end()) add(fresh->second - report.failed_before, "up to date");
  if (report.ended() > 0) {
    text += fmt::format(" in {:.1f} s", report.seconds);
    if (report.seconds > 0)
      text += fmt::format(" ({:.2f}/s)", static_cast<double>(report.ended()) / report.seconds);
  }
  if (report.interrupted) text += "; interrupted, the same command goes on from here";
  text += "\n";
  for (const auto& [name, kind] : report.errors) {
    text +=
        fmt::format("  {} {} ({}): {}: {}\n", kind.count, to_string(kind.state), name, kind.key, kind.error);
  }
  if (report.failed + report.failed_before > 0) {
    text += fmt::format("  all of them: funcorr errors {0}; to try them again: funcorr retry {0}\n",
                        report.stage);
  }
  return text;
}

json to_json(const RunReport& report) {
  json errors = json::array();
  for (const auto& [name, kind] : report.errors) {
    errors.push_back({{"kind", name},
                      {"state", to_string(kind.state)},
                      {"count", kind.count},
                      {"example", {{"key", kind.key}, {"error", kind.error}}}});
  }
  return {{"stage", report.stage},
          {"to_do", report.to_do},
          {"reasons", reasons_json(report.listing)},
          {"done", report.done},
          {"skipped", report.skipped},
          {"rejected", report.rejected},
          {"failed", report.failed},
          {"failed_before", report.failed_before},
          {"tried_again", report.tried_again},
          {"errors", std::move(errors)},
          {"fatal", report.fatal},
          {"interrupted", report.interrupted},
          {"seconds", report.seconds},
          {"exit_status", report.exit_status()}};
}

std::int64_t to_do_count(const Items::Listing& listing) {
  std::int64_t count = 0;
  for (const auto& [reason, number] : listing.counts) {
    if (reason != StaleReason::kUpToDate && reason != StaleReason::kGone) count += number;
  }
  return count;
}

json listing_json(const std::string& stage, const Items::Listing& listing) {
  return {{"stage", stage}, {"to_do", to_do_count(listing)}, {"reasons", reasons_json(listing)}};
}

std::string listing_text(const json& listing) {
  std::int64_t all = 0;
  std::string reasons;
  for (const auto& [reason, found] : listing.at("reasons").items()) {
    const auto count = found.at("count").get<std::int64_t>();
    if (reason != to_string(StaleReason::kGone)) all += count;
    if (count == 0) continue;
    std::string examples;
    for (const json& key : found.at("examples"))
      examples += (examples.empty() ? "  " : ", ") + key.get<std::string>();
    if (count > static_cast<std::int64_t>(found.at("examples").size())) examples += " …";
    reasons += fmt::format("  {:<16} {:>9}{}\n", reason, count, examples);
  }
  return fmt::format("{}: {} of {} items to do\n", listing.at("stage").get<std::string>(),
                     listing.at("to_do").get<std::int64_t>(), all) +
         reasons;
}

}  // namespace funcorr
