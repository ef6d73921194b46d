#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace funcorr {

template <typename T>
struct Image {  // row-major, interleaved channels
  int width = 0, height = 0, channels = 0;
  std::vector<T> pixels;  // [height, width, channels]
  Image() = default;
  Image(int w, int h, int c)
      : width(w),
        height(h),
        channels(c),
        pixels(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) * static_cast<std::size_t>(c)) {}
  T* at(int x, int y) {
    return &pixels[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                    static_cast<std::size_t>(x)) *
                   static_cast<std::size_t>(channels)];
  }
  const T* at(int x, int y) const {
    return &pixels[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                    static_cast<std::size_t>(x)) *
                   static_cast<std::size_t>(channels)];
  }
};
using Image8 = Image<std::uint8_t>;
using Image16 = Image<std::uint16_t>;
using ImageF = Image<float>;

// An image whose header promises more pixels than allowed; nothing was allocated for them.
struct ImageTooLarge : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Any format that OpenImageIO reads from memory (PNG, JPEG, WebP, TIFF, JPEG 2000, PSD, EXR …; of several
// pictures the first) as 8 bit; grey → 1 channel, otherwise as stored (1, 3 or 4), alpha straight. Floats are
// clamped to 0 … 1 and given their linear_code() (float_image.h). `max_pixels` refuses bombs before
// allocation. The format is found by content, else by the end of `name` (".tga").
Image8 load_image8(const std::filesystem::path& file, std::int64_t max_pixels = 100'000'000);
Image8 decode_image8(std::span<const std::byte> encoded, std::int64_t max_pixels = 100'000'000,
                     const std::string& name = "in memory");
// The same of what a camera or a person's program wrote, as viewers show it: turned and mirrored by its EXIF
// orientation (TIFF 6.0, tag 274, in JPEG, TIFF, PNG and WebP). Throws std::runtime_error for a truncated or
// damaged file, of which load_image8() gives what there is.
Image8 load_photo8(const std::filesystem::path& file, std::int64_t max_pixels = 100'000'000);
struct Photo16 {
  Image16 image;          // 8 bit: times 257, exactly
  bool is_lossy = false;  // JPEG or WebP: values are near those that were drawn
};
Photo16 load_photo16(const std::filesystem::path& file, std::int64_t max_pixels = 100'000'000);
void save_png(const std::filesystem::path& file, const Image8& image);
std::vector<std::uint8_t> encode_jpeg(const Image8& rgb, int quality);  // 3 channels
// Linear light of an .exr or .hdr: 3 channels, chosen and placed as radiance_image.h tells.
ImageF load_image_float(const std::filesystem::path& file, std::int64_t max_pixels = 100'000'000);
// One multi-channel EXR, ZIP compressed; `names` one per channel ("Z", "N.X" …); the channels that are in
// `half` too in half precision, the others in single. Reading it back gives the channels by name.
void save_exr(const std::filesystem::path& file, const ImageF& image, const std::vector<std::string>& names,
              const std::vector<std::string>& half = {});
// A named channel of an EXR.
ImageF load_exr_channels(const std::filesystem::path& file, const std::vector<std::string>& names);

// Composite straight-alpha RGBA on white → RGB.
Image8 composite_on_white(const Image8& rgba);

}  // namespace funcorr
