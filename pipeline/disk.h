#pragma once

#include <cstdint>
#include <filesystem>

namespace funcorr {

// Throws EnvironmentError when the workspace is read-only or has less than `min_free_bytes` left.
void require_writable_disk(const std::filesystem::path& workspace, std::int64_t min_free_bytes);

}  // namespace funcorr
