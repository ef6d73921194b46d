#include "pipeline/sandbox.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "db/format/descriptor.h"
#include "pipeline/data_file.h"
#include "pipeline/options.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// Rights by the ABI that brought them; older kernel headers lack the newer names (linux/landlock.h).
constexpr std::uint64_t kExecute = 1u << 0, kWriteFile = 1u << 1, kReadFile = 1u << 2, kReadFolder = 1u << 3;
constexpr std::uint64_t kAllOfAbi1 = (1u << 13) - 1;
constexpr std::uint64_t kMakeDevices =
    (1u << 6) | (1u << 9) | (1u << 10) | (1u << 11);  // char, sock, fifo, block
constexpr std::uint64_t kRefer = 1u << 13, kTruncate = 1u << 14, kDeviceControl = 1u << 15;
constexpr std::uint64_t kLeastMemory = 64ull << 20;  // bytes for work, beyond the program itself
constexpr std::uint64_t kTcpBind = 1u << 0, kTcpConnect = 1u << 1;

// landlock_ruleset_attr up to ABI 4; a shorter size is passed to older kernels.
struct RulesetAttributes {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;
};

std::uint64_t handled_rights(int abi) {
  std::uint64_t rights = kAllOfAbi1;
  if (abi >= 2) rights |= kRefer;
  if (abi >= 3) rights |= kTruncate;
  if (abi >= 5) rights |= kDeviceControl;
  return rights;
}

[[noreturn]] void fail(const std::string& doing) {
  throw EnvironmentError("confining a worker: " + doing + ": " + std::strerror(errno) +
                         "; --no-sandbox does without Landlock");
}

class Ruleset {
 public:
  explicit Ruleset(int abi) : handled_(handled_rights(abi)) {
    const RulesetAttributes attributes{handled_, kTcpBind | kTcpConnect};
    const std::size_t size = abi >= 4 ? sizeof attributes : sizeof attributes.handled_access_fs;
    ruleset_ = Descriptor(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0)));
    if (!ruleset_.open()) fail("landlock_create_ruleset");
  }

  // Passes over what does not exist.
  void allow(const fs::path& path, std::uint64_t rights) {
    const Descriptor parent(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!parent.open()) return;
    struct stat status = {};
    const bool folder = ::fstat(parent.get(), &status) == 0 && S_ISDIR(status.st_mode);
    landlock_path_beneath_attr rule = {};
    rule.parent_fd = parent.get();
    rule.allowed_access =
        rights & handled_ & (folder ? ~0ull : kExecute | kWriteFile | kReadFile | kTruncate);
    const long result =
        ::syscall(SYS_landlock_add_rule, ruleset_.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    if (result != 0) fail("landlock_add_rule " + path.string());
  }

  void enforce() {
    if (::syscall(SYS_landlock_restrict_self, ruleset_.get(), 0) != 0) fail("landlock_restrict_self");
  }

 private:
  std::uint64_t handled_;
  Descriptor ruleset_;
};

// The program, its libraries and what they look at.
void allow_system(Ruleset& ruleset) {
  constexpr std::uint64_t kRead = kReadFile | kReadFolder;
  for (const char* path : {"/usr", "/lib", "/lib32", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/ld.so.conf",
                           "/etc/ld.so.conf.d", "/etc/alternatives"}) {
    ruleset.allow(path, kRead | kExecute);
  }
  for (const char* path :
       {"/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system", "/sys/fs/cgroup",
        "/etc/localtime", "/dev/urandom", "/dev/random"}) {
    ruleset.allow(path, kRead);
  }
  for (const char* path : {"/dev/null", "/dev/zero"}) ruleset.allow(path, kReadFile | kWriteFile);
  ruleset.allow(executable_file().parent_path(), kRead | kExecute);
  if (const char* folders = std::getenv("LD_LIBRARY_PATH")) {
    std::istringstream each(folders);
    for (std::string folder; std::getline(each, folder, ':');) {
      if (!folder.empty()) ruleset.allow(folder, kRead | kExecute);
    }
  }
}

void confine_files(const SandboxRules& rules, int abi) {
  Ruleset ruleset(abi);
  allow_system(ruleset);
  try {
    ruleset.allow(data_folder(), kReadFile | kReadFolder);
  } catch (const EnvironmentError&) {
    // A stage without data files runs without them.
  }
  for (const fs::path& path : rules.readable) ruleset.allow(path, kReadFile | kReadFolder);
  for (const fs::path& path : rules.writable) {
    ruleset.allow(path, (kAllOfAbi1 | kRefer | kTruncate) & ~(kExecute | kMakeDevices));
  }
  ruleset.enforce();
}

void limit(int resource, const char* name, std::uint64_t value) {
  rlimit current = {};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &current) != 0)
    fail(std::string("getrlimit ") + name);
  current.rlim_cur = current.rlim_max == RLIM_INFINITY ? value : std::min<rlim_t>(value, current.rlim_max);
  current.rlim_max = current.rlim_cur;
  if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &current) != 0)
    fail(std::string("setrlimit ") + name);
}

// Address space in use: the program and its libraries; 0 where /proc does not tell.
std::uint64_t used_address_space() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// With less than what its libraries take, a worker would fail item after item.
void limit_memory(std::uint64_t bytes) {
  const std::uint64_t used = used_address_space();
  if (used > 0 && bytes < used + kLeastMemory) {
    throw EnvironmentError("memory_limit_mb = " + std::to_string(bytes >> 20) +
                           " is too small: the program alone takes " + std::to_string(used >> 20) +
                           " MB, give it " + std::to_string(((used + kLeastMemory) >> 20) + 1) + " or more");
  }
  limit(RLIMIT_AS, "address space", bytes);
}

}  // namespace

int landlock_abi() {
  const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi > 0 ? static_cast<int>(abi) : 0;
}

std::string landlock_status() {
  const int abi = landlock_abi();
  if (abi > 0) return "confined by Landlock (ABI " + std::to_string(abi) + ")";
  return "not confined by Landlock: this kernel lacks it or has it switched off (5.13 or newer, "
         "lsm=landlock)";
}

bool enter_sandbox(const SandboxRules& rules) {
  limit(RLIMIT_CORE, "core", 0);
  limit(RLIMIT_NOFILE, "open files", 1024);
  if (rules.file_bytes > 0) {
    std::signal(SIGXFSZ, SIG_IGN);  // the write fails with EFBIG instead
    limit(RLIMIT_FSIZE, "file size", static_cast<std::uint64_t>(rules.file_bytes));
  }
  // Sanitizers reserve terabytes of address space.
  if (rules.memory_bytes > 0 && !kSanitized) limit_memory(static_cast<std::uint64_t>(rules.memory_bytes));
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("no_new_privs");
  const int abi = rules.landlock ? landlock_abi() : 0;
  if (abi == 0) return false;
  confine_files(rules, abi);
  return true;
}

}  // namespace funcorr
