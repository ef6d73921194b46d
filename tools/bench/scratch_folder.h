#pragma once

#include <filesystem>
#include <string>

#include <unistd.h>

namespace funcorr {

// A folder for a bench's files, removed with them.
class ScratchFolder {
 public:
  explicit ScratchFolder(const std::string& name,
                         const std::filesystem::path& parent = std::filesystem::temp_directory_path())
      : path_(parent / (name + "-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace funcorr
