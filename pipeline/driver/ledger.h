#pragma once

#include <filesystem>
#include <string>

#include "db/manifest/ledger_review.h"

namespace funcorr {

// `funcorr ledger`: what may have been paid for without an answer, and what was answered. Each prints to
// standard output.

// Without `rows` a line for each stage, provider and model; with them, JSON with a line for each call.
void print_in_doubt(const std::filesystem::path& workspace, const LedgerFilter& filter, bool rows);
// "paid" at the most that each can have cost, or "unpaid". Throws UsageError for another word.
void settle_in_doubt(const std::filesystem::path& workspace, const LedgerFilter& filter,
                     const std::string& as);
// By what the provider says it has billed (db/dataset/usage_export.h): as many calls as it counts beyond the
// ledger's own, or as much money, were paid, the oldest first; the others were not.
void settle_by_usage(const std::filesystem::path& workspace, LedgerFilter filter,
                     const std::filesystem::path& usage);
// JSON lines, one for each answered sample; "-": to standard output.
void export_answers(const std::filesystem::path& workspace, const LedgerFilter& filter,
                    const std::string& file);

// "2026-11-29" or "2026-11-29T20:15", UTC, in seconds since 1970. Throws UsageError for anything else.
double time_of(const std::string& text);

}  // namespace funcorr
