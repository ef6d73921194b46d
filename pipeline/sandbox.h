#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace funcorr {

// What a worker process may do. Applied once, by the worker to itself; there is no way back.
struct SandboxRules {
  std::vector<std::filesystem::path> writable;  // folders: read and write beneath
  std::vector<std::filesystem::path> readable;  // folders or files: read only
  std::int64_t memory_bytes = 0;                // address space; 0: no limit; ignored under sanitizers
  std::int64_t file_bytes = 0;                  // largest file it may write; 0: no limit
  bool landlock = true;
};

// Limits (address space, file size, open files, no core dumps), no new privileges, and Landlock: beyond the
// rules' folders only this program, its libraries and a few harmless files of /proc, /sys and /dev can be
// opened, and no TCP connection be made. Returns whether Landlock is in force (false where the kernel lacks
// it or the rules say so). Folders of the rules that do not exist are passed over. Throws EnvironmentError
// when a limit cannot be set, or leaves no memory to work with.
bool enter_sandbox(const SandboxRules& rules);

// 0 where the kernel has no Landlock (or it is switched off).
int landlock_abi();
std::string landlock_status();  // for people: "confined by Landlock (ABI 4)", or why not

}  // namespace funcorr
