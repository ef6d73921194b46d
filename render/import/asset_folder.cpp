#include "render/import/asset_folder.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "render/import/import.h"

namespace funcorr {
namespace {

[[noreturn]] void refuse(const std::string& reference, const std::string& why) {
  throw ImportError("escapes_folder", "the asset names '" + reference + "', " + why +
                                          ": only files beneath the catalogued folder are read");
}

// "http:", "file:", "C:" …
bool has_scheme(const std::string& reference) {
  const std::size_t colon = reference.find(':');
  if (colon == std::string::npos || colon == 0 || !std::isalpha(static_cast<unsigned char>(reference[0])))
    return false;
  return std::all_of(reference.begin(), reference.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.';
  });
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

bool is_missing(int error) { return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG; }

}  // namespace

ImportError AssetFolder::too_large(const std::string& path, std::uint64_t bytes, std::int64_t allowed) {
  return {"too_large", "'" + path + "' has " + std::to_string(bytes) + " bytes, at most " +
                           std::to_string(allowed) + " are allowed"};
}

DiskFolder::DiskFolder(const std::filesystem::path& folder, std::int64_t max_file_bytes)
    : folder_(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), max_file_bytes_(max_file_bytes) {
  if (!folder_.open())
    throw ImportError("unreadable",
                      "cannot open the asset's folder " + folder.string() + ": " + std::strerror(errno));
  std::error_code error;
  path_ = std::filesystem::canonical(folder, error);
}

std::string AssetFolder::resolve(const std::string& base, const std::string& reference) const {
  std::string path = reference;
  std::replace(path.begin(), path.end(), '\\', '/');
  if (path.find('\0') != std::string::npos)
    refuse(path.substr(0, path.find('\0')), "a name with a zero byte");
  if (has_scheme(path)) refuse(reference, "a URL or a drive");
  if (path.starts_with('/')) refuse(reference, "an absolute path");
  const std::filesystem::path joined = (std::filesystem::path(base).parent_path() / path).lexically_normal();
  if (!joined.empty() && *joined.begin() == "..") refuse(reference, "a path out of its folder");
  return joined.string();
}

Descriptor DiskFolder::open_beneath(const std::string& path, int flags) const {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  Descriptor file(static_cast<int>(syscall(SYS_openat2, folder_.get(), path.c_str(), &how, sizeof how)));
  if (file.open() || (errno != ENOSYS && errno != EPERM)) return file;  // EPERM: a filter without openat2
  Descriptor at(dup(folder_.get()));
  const std::filesystem::path components(path);
  for (auto name = components.begin(); name != components.end() && at.open(); ++name) {
    const bool last = std::next(name) == components.end();
    if (*name == ".." || name->has_root_path()) {
      errno = EXDEV;
      return {};
    }
    at = Descriptor(
        openat(at.get(), name->c_str(), O_CLOEXEC | O_NOFOLLOW | (last ? flags : O_PATH | O_DIRECTORY)));
  }
  return at;
}

AssetFolder::Kind DiskFolder::kind_of(const std::string& path) const {
  const Descriptor found = open_beneath(path, O_PATH);
  struct stat facts {};
  if (!found.open() || fstat(found.get(), &facts) != 0 || S_ISLNK(facts.st_mode)) return Kind::kNothing;
  return S_ISREG(facts.st_mode) ? Kind::kFile : Kind::kOther;
}

std::vector<std::string> DiskFolder::list(const std::string& path) const {
  std::vector<std::string> names;
  Descriptor opened = open_beneath(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
  const std::unique_ptr<DIR, CloseFolder> folder(opened.open() ? fdopendir(opened.get()) : nullptr);
  if (!folder) return names;
  opened.release();  // the stream's now
  while (names.size() < kMaxNames) {
    const dirent* entry = readdir(folder.get());
    if (entry == nullptr) break;
    names.emplace_back(entry->d_name);
  }
  std::ranges::sort(names);
  return names;
}

std::optional<std::vector<std::byte>> DiskFolder::read(const std::string& path) const {
  if (path.empty()) return std::nullopt;
  const Descriptor file = open_beneath(path, O_RDONLY | O_NONBLOCK);
  if (!file.open()) {
    if (errno == EXDEV || errno == ELOOP) refuse(path, "a link out of its folder");
    if (is_missing(errno)) return std::nullopt;
    throw ImportError("unreadable", "cannot open '" + path + "': " + std::strerror(errno));
  }
  struct stat facts {};
  if (fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode))
    throw ImportError("unreadable", "'" + path + "' is no regular file");
  if (facts.st_size > max_file_bytes_)
    throw too_large(path, static_cast<std::uint64_t>(facts.st_size), max_file_bytes_);
  const auto changed = [&] {
    return ImportError("changed_while_read", "'" + path + "' was changed while it was read");
  };
  std::vector<std::byte> bytes(static_cast<std::size_t>(facts.st_size));
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw ImportError("unreadable", "cannot read '" + path + "': " + std::strerror(errno));
    if (got == 0) throw changed();
    done += static_cast<std::size_t>(got);
  }
  struct stat after {};
  if (fstat(file.get(), &after) != 0 || after.st_size != facts.st_size ||
      after.st_mtim.tv_sec != facts.st_mtim.tv_sec || after.st_mtim.tv_nsec != facts.st_mtim.tv_nsec)
    throw changed();
  return bytes;
}

}  // namespace funcorr
