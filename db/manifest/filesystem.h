#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace funcorr {

// Name of the network filesystem that holds `path` (or its nearest existing parent): "nfs", "cifs",
// "fuse.sshfs", "lustre" …; empty for a local one. SQLite's WAL needs shared memory, which these do not have.
std::string network_filesystem_of(const std::filesystem::path& path);

// The decision alone: `magic` is statfs's f_type, `mount_type` the type in /proc/self/mountinfo ("" where not
// known; it tells sshfs from a local FUSE filesystem).
std::string classify_network_filesystem(std::uint64_t magic, const std::string& mount_type);

}  // namespace funcorr
