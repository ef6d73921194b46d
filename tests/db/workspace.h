#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include <unistd.h>

#include "db/assets.h"
#include "db/manifest.h"

namespace funcorr::tests {

// A folder of its own that goes when the test ends.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static std::atomic<int> count{0};
    path_ = std::filesystem::temp_directory_path() /
            ("funcorr-db-" + std::to_string(getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path manifest() const { return path_ / "manifest.sqlite"; }

 private:
  std::filesystem::path path_;
};

inline Asset make_asset(const std::string& uid, const std::string& category = {}) {
  Asset asset;
  asset.uid = uid;
  asset.name = "objects/" + uid + ".glb";
  asset.root = "/objects";
  asset.path = uid + ".glb";
  asset.format = "glb";
  asset.bytes = 1000;
  asset.content_hash = "hash-" + uid;
  asset.category = category;
  return asset;
}

}  // namespace funcorr::tests
