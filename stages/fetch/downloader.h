#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "pipeline/stage.h"
#include "stages/fetch/download_list.h"

namespace funcorr {

struct DownloadLimits {
  std::int64_t max_bytes = std::int64_t{512} << 20;
  double connect_timeout_s = 15;
  double stall_timeout_s = 30;  // without a byte
};

// Downloads one file into `folder`. Bytes arrive in <path>.part; what an interrupted download left there is
// continued where the server vouches (ETag, If-Range) that the file is still the same. The whole is checked —
// size and SHA-256 where they are known, a GLB's own length —, synced, and renamed to its name; so a file of
// that name is whole. A file that is there already with the known SHA-256 is not asked for again. http and
// https only, redirects included. Rejected: the server has no such file (4xx), it is too large, or not what
// its name says. Transient: everything that may pass (5xx, 429 with Retry-After, no connection, a wrong
// checksum). `stop` ends it early. Throws EnvironmentError when the disk cannot be written. Thread-safe.
ItemResult download(const Download& what, const std::filesystem::path& folder, const DownloadLimits& limits,
                    const std::function<bool()>& stop);

}  // namespace funcorr
