#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "db/format/image.h"

namespace funcorr {

// Images whose pixels are floats (OpenEXR, Radiance HDR, some TIFF): linear light, if they are colours.
bool is_float_image(std::span<const std::byte> encoded, std::int64_t max_pixels = 100'000'000,
                    const std::string& name = "in memory");

std::uint8_t linear_code(float value);  // of 0 to 1; rounded to nearest
// decode_image8 (db/format/image.h), which gives colours of a float image their linear_code, with another
// code for them; it is asked for values from 0 to 1.
Image8 decode_image8(std::span<const std::byte> encoded, std::int64_t max_pixels, const std::string& name,
                     std::uint8_t (*code)(float));

}  // namespace funcorr
