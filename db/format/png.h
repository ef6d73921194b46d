#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "db/format/image.h"

namespace funcorr {

// What save_png() writes, in memory.
std::vector<std::uint8_t> encode_png(const Image8& image);
// As decode_image8(), of a PNG. Throws std::runtime_error for a truncated or damaged one, of which
// decode_image8() gives what there is.
Image8 decode_png(std::span<const std::byte> encoded, std::int64_t max_pixels, const std::string& name);

}  // namespace funcorr
