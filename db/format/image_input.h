#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace funcorr {

// What the readers of pictures (image.h, radiance_image.h) have in common.

// Bytes that tell a file's format: at most this many are looked at.
inline constexpr std::size_t kImageMarkBytes = 16;
// JPEG 2000's first two markers.
inline constexpr std::string_view kCodestream = "\xff\x4f\xff\x51";
// The format by a file's first bytes, as OpenImageIO calls it ("png", "openexr"); empty where they tell none.
std::string image_format_of_bytes(std::string_view head);

// Throws std::runtime_error: "cannot read image NAME: WHAT".
[[noreturn]] void fail_to_read_image(const std::string& name, const std::string& what);
// Throws ImageTooLarge for more than `max_pixels`, or than four times as many values; std::runtime_error for
// none, and for more than 64 channels.
void check_image_size(std::int64_t width, std::int64_t height, std::int64_t max_pixels,
                      const std::string& name, std::int64_t channels = 1);

}  // namespace funcorr
