#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace funcorr {

// The first 128 bits of SHA-256, as 32 hex digits: what requests and images are known by.
std::string digest(std::string_view bytes);

std::string base64(std::span<const std::uint8_t> bytes);
// Throws std::invalid_argument for what is no padded base64.
std::vector<std::uint8_t> from_base64(std::string_view text);

}  // namespace funcorr
