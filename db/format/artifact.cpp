#include "db/format/artifact.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "db/format/descriptor.h"
#include "db/format/error.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

std::string remedy(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return "; free some space and run the same command again";
    case EROFS:
      return "; the filesystem is mounted read-only, use a writable one";
    case EACCES:
    case EPERM:
      return "; check the permissions of the folder";
    default:
      return "";
  }
}

[[noreturn]] void fail(const fs::path& path, const std::string& doing, int code) {
  throw EnvironmentError("writing " + path.string() + ": " + doing + ": " + std::strerror(code) +
                         remedy(code));
}

Descriptor open_to_sync(const fs::path& path, int flags) {
  return Descriptor(::open(path.c_str(), flags | O_CLOEXEC));
}

void sync_file(const fs::path& file, const fs::path& target) {
  const Descriptor descriptor = open_to_sync(file, O_RDONLY);
  if (!descriptor.open()) fail(target, "opening the temporary file that was to be written", errno);
  if (::fsync(descriptor.get()) != 0) fail(target, "fsync", errno);
}

void sync_folder(const fs::path& folder, const fs::path& target) {
  const Descriptor descriptor = open_to_sync(folder, O_RDONLY | O_DIRECTORY);
  if (!descriptor.open()) fail(target, "opening its folder", errno);
  // Some filesystems cannot fsync a folder; there the rename is as durable as it gets.
  if (::fsync(descriptor.get()) != 0 && errno != EINVAL && errno != ENOTSUP)
    fail(target, "fsync of its folder", errno);
}

constexpr std::string_view kMark = ".tmp-";

// "0000.png" → "0000.tmp-4711.png": the extension stays last, libraries choose the format by it.
fs::path temporary_name(const fs::path& path) {
  return path.parent_path() /
         (path.stem().string() + std::string(kMark) + std::to_string(::getpid()) + path.extension().string());
}

// Makes the missing folders above `path`, and makes their names durable too.
void make_folders(const fs::path& folder, const fs::path& target) {
  if (folder.empty() || fs::is_directory(folder)) return;
  const fs::path parent = folder.parent_path();
  if (parent != folder) make_folders(parent, target);
  std::error_code code;
  fs::create_directory(folder, code);
  if (code) fail(target, "making folder " + folder.string(), code.value());
  sync_folder(parent.empty() ? "." : parent, target);
}

class RemoveUnlessKept {
 public:
  explicit RemoveUnlessKept(fs::path file) : file_(std::move(file)) {}
  ~RemoveUnlessKept() {
    std::error_code ignored;
    if (!kept_) fs::remove(file_, ignored);
  }
  RemoveUnlessKept(const RemoveUnlessKept&) = delete;
  RemoveUnlessKept& operator=(const RemoveUnlessKept&) = delete;
  void keep() { kept_ = true; }

 private:
  fs::path file_;
  bool kept_ = false;
};

// The process id in "x.tmp-4711.png", or 0.
pid_t writer_of(const std::string& name) {
  const std::size_t mark = name.rfind(kMark);
  if (mark == std::string::npos) return 0;
  pid_t pid = 0;
  for (std::size_t i = mark + kMark.size(); i < name.size() && name[i] != '.'; ++i) {
    if (name[i] < '0' || name[i] > '9' || pid > 100'000'000) return 0;
    pid = pid * 10 + (name[i] - '0');
  }
  return pid;
}

// One that was killed stays on the process table until its parent asks for it, but is not alive.
bool is_alive(pid_t pid) {
  // glibc 2.36 declares pidfd_open() without C linkage.
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.open()) return errno != ESRCH;
  pollfd ended{process.get(), POLLIN, 0};
  return ::poll(&ended, 1, 0) == 0;
}

// Those of an artifact whose writers are dead. Returns whether there are others, of living ones.
bool remove_stale_temporaries(const fs::path& folder, const fs::path& artifact) {
  const std::string start = artifact.stem().string() + std::string(kMark);
  bool others = false;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    const pid_t writer = name.starts_with(start) ? writer_of(name) : 0;
    if (writer == 0) continue;
    std::error_code ignored;
    if (is_alive(writer)) {
      others = true;
    } else {
      fs::remove(entry->path(), ignored);
    }
  }
  return others;
}

}  // namespace

void write_artifact(const fs::path& path, const std::function<void(const fs::path& temporary)>& write) {
  const fs::path folder = path.parent_path().empty() ? fs::path(".") : path.parent_path();
  make_folders(folder, path);
  const bool others = remove_stale_temporaries(folder, path);
  const fs::path temporary = temporary_name(path);
  RemoveUnlessKept guard(temporary);
  try {
    write(temporary);
  } catch (const std::system_error& error) {
    const int code = error.code().value();
    if (code == ENOSPC || code == EDQUOT || code == EROFS || code == EACCES) fail(path, error.what(), code);
    throw;
  }
  sync_file(temporary, path);
  if (::rename(temporary.c_str(), path.c_str()) != 0) fail(path, "renaming the finished file", errno);
  guard.keep();
  sync_folder(folder, path);
  if (others) remove_stale_temporaries(folder, path);  // a killed one may have hung in its fsync until now
}

void write_artifact(const fs::path& path, std::string_view content) {
  write_artifact(path, [&](const fs::path& temporary) {
    errno = 0;
    std::ofstream stream(temporary, std::ios::binary | std::ios::trunc);
    stream.write(content.data(), static_cast<std::streamsize>(content.size()));
    stream.close();
    if (!stream) fail(path, "writing the temporary file", errno != 0 ? errno : EIO);
  });
}

}  // namespace funcorr
