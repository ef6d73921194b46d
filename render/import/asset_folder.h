#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "db/format/descriptor.h"

namespace funcorr {

// The only door to files for importers: everything is resolved beneath one folder, the catalogued root. What
// lies outside is never opened, whatever leads there: '..', an absolute path, a symbolic link (openat2's
// RESOLVE_BENEATH; without it every path component is opened without following links). Not copyable; safe to
// use from several threads.
class AssetFolder {
 public:
  enum class Kind { kNothing, kFile, kOther };  // kNothing: a link that leads out, too

  // Throws ImportError "unreadable" when `folder` cannot be opened.
  AssetFolder(const std::filesystem::path& folder, std::int64_t max_file_bytes);

  // Absolute, links resolved.
  const std::filesystem::path& path() const { return path_; }
  // `reference` as a file names it (either slash), relative to the file `base` (itself relative to the
  // folder). Returns the path beneath the folder. An absolute path, a drive letter, a URL or '..' out of the
  // folder is an ImportError "escapes_folder".
  std::string resolve(const std::string& base, const std::string& reference) const;
  Kind kind_of(const std::string& path) const;
  // Names in a folder beneath, the first 100,000 that the system tells, sorted; none where it cannot be
  // listed.
  std::vector<std::string> list(const std::string& path) const;
  // A file's bytes by its path beneath the folder; nothing when it does not exist. Throws ImportError
  // "escapes_folder" for a link that leads out, "too_large", "unreadable" or "changed_while_read".
  std::optional<std::vector<std::byte>> read(const std::string& path) const;

 private:
  // Not open where it cannot be: errno says why, EXDEV or ELOOP of what leads out.
  Descriptor open_beneath(const std::string& path, int flags) const;
  std::filesystem::path path_;
  Descriptor folder_;
  std::int64_t max_file_bytes_;
};

}  // namespace funcorr
