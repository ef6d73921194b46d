#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace funcorr {

// SHA-256 as lower-case hex, cut to `digits`.
std::string sha256_hex(std::string_view bytes, int digits = 64);
// Of a file's content; throws EnvironmentError when it cannot be read.
std::string sha256_file(const std::filesystem::path& file, int digits = 64);

}  // namespace funcorr
