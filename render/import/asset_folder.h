#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "db/format/descriptor.h"

namespace funcorr {

// The only door to files for importers: everything is resolved beneath one folder. An absolute path, a drive
// letter, a URL, '..' that leaves the folder or a symbolic link out of it is an ImportError "escapes_folder";
// the file behind it is never opened (openat2's RESOLVE_BENEATH; without it every path component is opened
// without following links). Not copyable; safe to use from several threads.
class AssetFolder {
 public:
  // Throws ImportError "unreadable" when `folder` cannot be opened.
  AssetFolder(const std::filesystem::path& folder, std::int64_t max_file_bytes);

  // `reference` as a file names it (either slash), relative to the file `base` (itself relative to the
  // folder). Returns the path beneath the folder.
  std::string resolve(const std::string& base, const std::string& reference) const;
  // A file's bytes by its path beneath the folder; nothing when it does not exist. Throws ImportError
  // "too_large", "unreadable", or "changed_while_read".
  std::optional<std::vector<std::byte>> read(const std::string& path) const;

 private:
  Descriptor open_beneath(const std::string& path) const;  // not open where there is no such file
  Descriptor folder_;
  std::int64_t max_file_bytes_;
};

}  // namespace funcorr
