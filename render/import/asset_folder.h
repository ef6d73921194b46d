#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "db/format/descriptor.h"

namespace funcorr {

struct ImportError;

// The only door to files for importers: everything is resolved beneath one folder. What lies outside is never
// opened, whatever leads there. Not copyable; safe to use from several threads.
class AssetFolder {
 public:
  enum class Kind { kNothing, kFile, kOther };  // kNothing: a link that leads out, too

  AssetFolder() = default;
  AssetFolder(const AssetFolder&) = delete;
  AssetFolder& operator=(const AssetFolder&) = delete;
  virtual ~AssetFolder() = default;

  // Absolute, links resolved; empty where it is no folder of the disk.
  const std::filesystem::path& path() const { return path_; }
  // `reference` as a file names it (either slash), relative to the file `base` (itself relative to the
  // folder). Returns the path beneath the folder. An absolute path, a drive letter, a URL or '..' out of the
  // folder is an ImportError "escapes_folder".
  std::string resolve(const std::string& base, const std::string& reference) const;
  virtual Kind kind_of(const std::string& path) const = 0;
  // Names in a folder beneath, sorted, kMaxNames at most; none where it cannot be listed.
  virtual std::vector<std::string> list(const std::string& path) const = 0;
  // A file's bytes by its path beneath the folder; nothing when it does not exist. Throws ImportError
  // "too_large", "unreadable" and what each kind of folder adds.
  virtual std::optional<std::vector<std::byte>> read(const std::string& path) const = 0;

 protected:
  static constexpr std::size_t kMaxNames = 100'000;
  static ImportError too_large(const std::string& path, std::uint64_t bytes, std::int64_t allowed);
  std::filesystem::path path_;
};

// A folder of the disk: the catalogued root. '..', an absolute path and a symbolic link lead nowhere outside
// (openat2's RESOLVE_BENEATH; without it every path component is opened without following links). Its
// read() throws ImportError "escapes_folder" for a link that leads out, "changed_while_read".
class DiskFolder final : public AssetFolder {
 public:
  // Throws ImportError "unreadable" when `folder` cannot be opened.
  DiskFolder(const std::filesystem::path& folder, std::int64_t max_file_bytes);

  Kind kind_of(const std::string& path) const override;
  std::vector<std::string> list(const std::string& path) const override;
  std::optional<std::vector<std::byte>> read(const std::string& path) const override;

 private:
  // Not open where it cannot be: errno says why, EXDEV or ELOOP of what leads out.
  Descriptor open_beneath(const std::string& path, int flags) const;
  Descriptor folder_;
  std::int64_t max_file_bytes_;
};

}  // namespace funcorr
