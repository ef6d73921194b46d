#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace funcorr {

// SHA-256 as lower-case hex, cut to `digits`.
std::string sha256_hex(std::string_view bytes, int digits = 64);
// Of a file's content; throws EnvironmentError when it cannot be read.
std::string sha256_file(const std::filesystem::path& file, int digits = 64);

// XXH3 with 64 bits: for tables in memory. Values that are kept in a file, seed something or stand in a
// fingerprint are sha256_hex's, or those below.
std::uint64_t fast_hash(std::span<const std::byte> bytes);
std::uint64_t fast_hash(std::string_view text);

// FNV-1a with 64 bits: its values seed the choice of pairs and the sample objects, so they stay as they are.
constexpr std::uint64_t kFnvStart = 0xcbf29ce484222325ULL, kFnvPrime = 0x100000001b3ULL;
constexpr std::uint64_t fnv1a(std::string_view text, std::uint64_t start = kFnvStart) {
  std::uint64_t hash = start;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
  return hash;
}

// The standard alphabet, padded (RFC 4648, section 4). Throws std::invalid_argument for what is not that.
std::string base64(std::span<const std::byte> bytes);
std::vector<std::byte> from_base64(std::string_view text);
// The same of texts that others wrote more freely, as in data: URIs: the URL-safe alphabet counts too,
// padding may lack, and the text ends at the first '='.
std::vector<std::byte> from_loose_base64(std::string_view text);

}  // namespace funcorr
