#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace funcorr {

// A regular file mapped for reading. Throws std::runtime_error naming the file where it cannot be.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& file);
  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }

 private:
  std::shared_ptr<const std::byte> data_;
  std::size_t size_ = 0;
};

}  // namespace funcorr
