#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "db/format/options.h"
#include "stages/fetch/download_list.h"

namespace funcorr {

struct DownloadOptions {
  std::int64_t max_file_mb = 512;
  int connections = 8;  // at once
  double connect_timeout_s = 15;
  double stall_timeout_s = 30;  // without a byte

  static const OptionList<DownloadOptions>& options();
};

// How a download ended.
struct DownloadOutcome {
  enum class End {
    kArrived,  // the file is whole
    kRefused,  // for good: no such file (4xx), too large, not what its name says
    kFailed,   // may pass: 5xx, 429 with Retry-After, no connection, a wrong checksum
  };
  End end = End::kArrived;
  std::int64_t bytes = 0;    // of the file that arrived
  std::string error_kind;    // short stable word to group by, "http_404"
  std::string error;         // one line; empty for kArrived
  double retry_after_s = 0;  // as the server wishes
};

// Downloads one file into `folder`. Bytes arrive in <path>.part; what an interrupted download left there is
// continued where the server vouches (ETag, If-Range) that the file is still the same. The whole is checked —
// size and SHA-256 where they are known, a GLB's own length —, synced, and renamed to its name; so a file of
// that name is whole. A file that is there already with the known SHA-256 is not asked for again. http and
// https only, redirects included. `stop` ends it early. Throws EnvironmentError when the disk cannot be
// written. Thread-safe.
DownloadOutcome download(const Download& what, const std::filesystem::path& folder,
                         const DownloadOptions& options, const std::function<bool()>& stop);

// Downloads `count` files, so many at once; `download_one` does number i of them, on any thread. Ends when
// all are done or `stop` says so; throws what a call threw.
void download_all(std::size_t count, const DownloadOptions& options,
                  const std::function<void(std::size_t)>& download_one, const std::function<bool()>& stop);

}  // namespace funcorr
