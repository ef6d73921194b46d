#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace funcorr {

// A stdio stream that closes itself.
struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using OwnedFile = std::unique_ptr<std::FILE, CloseFile>;

// A regular file's bytes; throws std::runtime_error naming the file when it is none, cannot be read, or is
// larger than `max_bytes` (checked before allocation).
std::vector<std::byte> read_file_bytes(const std::filesystem::path& file,
                                       std::int64_t max_bytes = std::int64_t{1} << 33);
// Writes (over) a file; throws std::runtime_error naming it and the system's reason.
void write_file_bytes(const std::filesystem::path& file, std::span<const std::byte> bytes);

}  // namespace funcorr
