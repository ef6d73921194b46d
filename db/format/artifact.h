#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace funcorr {

// Writes `path` atomically: `write` gets the name of a temporary file beside it ("x.tmp-<pid>", same
// extension kept last so that libraries know the format), which is fsynced, renamed over `path`, and the
// folder fsynced. Creates missing parent folders. Throws EnvironmentError when the disk is full or not
// writable; no partial file stays, and those that killed writers of this artifact left are removed.
void write_artifact(const std::filesystem::path& path,
                    const std::function<void(const std::filesystem::path& temporary)>& write);
void write_artifact(const std::filesystem::path& path, std::string_view content);

}  // namespace funcorr
