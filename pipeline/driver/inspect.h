#pragma once

#include <filesystem>
#include <string>

namespace funcorr {

enum class Format { kText, kJson, kCsv };

// The questions a person asks of a workspace's manifest. Each prints to standard output.
void print_status(const std::filesystem::path& workspace, Format format);
void print_statistics(const std::filesystem::path& workspace, const std::string& view, Format format);
void print_errors(const std::filesystem::path& workspace, const std::string& stage, int limit, Format format);
// Everything recorded of an asset (by uid or by part of its name), or of an item by its key.
void print_why(const std::filesystem::path& workspace, const std::string& uid_or_name, Format format);
// Failed items (and rejected ones when their kind is named) become pending again.
void retry_stage(const std::filesystem::path& workspace, const std::string& stage, const std::string& kind);

}  // namespace funcorr
