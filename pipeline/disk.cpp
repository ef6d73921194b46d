#include "pipeline/disk.h"

#include <cerrno>
#include <cstring>

#include <sys/statvfs.h>
#include <unistd.h>

#include "pipeline/options.h"

namespace funcorr {

void require_writable_disk(const std::filesystem::path& workspace, std::int64_t min_free_bytes) {
  if (::access(workspace.c_str(), W_OK | X_OK) != 0) {
    throw EnvironmentError("workspace " + workspace.string() + ": it cannot be written (" +
                           std::strerror(errno) + "); use a writable folder");
  }
  struct statvfs disk = {};
  if (::statvfs(workspace.c_str(), &disk) != 0) return;
  const auto free = static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
  if (free >= min_free_bytes) return;
  throw EnvironmentError("workspace " + workspace.string() + ": its disk has " + std::to_string(free >> 20) +
                         " MB left, " + std::to_string(min_free_bytes >> 20) +
                         " MB (min_free_disk_mb) are needed; free some space and run the same command again");
}

}  // namespace funcorr
