#include "db/format/image.h"

#include <cmath>
#include <limits>
#include <string>

#include "db/format/file.h"
#include "db/format/float_image.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::vector<std::byte> exr(const ImageF& image, const std::vector<std::string>& channels) {
  const TemporaryFolder folder;
  save_exr(folder / "a.exr", image, channels);
  return read_file_bytes(folder / "a.exr");
}

std::uint8_t doubled(float value) { return linear_code(value / 2); }

// A JPEG 2000 file's first box and a codestream of the size (ISO 15444-1, A.5.1), without any data.
std::string jpeg2000_head(std::uint32_t width, std::uint32_t height, std::uint16_t channels) {
  std::string bytes("\0\0\0\x0cjP  \r\n\x87\n\xff\x4f\xff\x51\0\x2f\0\0", 20);
  const auto put = [&](std::uint32_t value, int count) {
    for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  };
  for (const std::uint32_t value : {width, height, 0u, 0u, width, height, 0u, 0u}) put(value, 4);
  put(channels, 2);
  for (std::uint16_t c = 0; c < channels; ++c) bytes.append("\x07\x01\x01");
  return bytes;
}

}  // namespace

TEST_CASE("a float image's colours become codes, its alpha straight", "[image]") {
  const float infinite = std::numeric_limits<float>::infinity(), none = std::nanf("");
  ImageF values(2, 2, 4);
  values.pixels = {0.25F, 0.5F, 1, 1, 0.1F, 0.2F, 0.5F, 0.5F, -1, 7, infinite, 1, none, 0, 0, 0};
  const auto encoded = exr(values, {"R", "G", "B", "A"});
  CHECK(is_float_image(encoded));
  CHECK(decode_image8(encoded).pixels ==
        std::vector<std::uint8_t>{64, 128, 255, 255, 51, 102, 255, 128, 0, 255, 255, 255, 0, 0, 0, 0});
  CHECK(decode_image8(encoded, 100, "a", doubled).pixels ==
        std::vector<std::uint8_t>{32, 64, 128, 255, 26, 51, 128, 128, 0, 128, 128, 255, 0, 0, 0, 0});
  CHECK_THROWS_AS(decode_image8(encoded, 3), ImageTooLarge);
}

TEST_CASE("what an EXR holds beside its colours is left out", "[image]") {
  ImageF values(1, 1, 4);
  values.pixels = {1, 0, 1, 0.5F};
  const Image8 color = decode_image8(exr(values, {"R", "G", "B", "Z"}));
  CHECK(color.channels == 3);
  CHECK(color.pixels == std::vector<std::uint8_t>{255, 0, 255});
  ImageF grey(1, 1, 1);
  grey.pixels = {0.5F};
  CHECK(decode_image8(exr(grey, {"Y"})).pixels == std::vector<std::uint8_t>{128});
}

TEST_CASE("pictures are told by their first bytes, else by their name", "[image]") {
  // Radiance HDR: flat pixels of mantissa 128 and exponent 128 are 0.5 (Ward 1991).
  const std::string hdr = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n\x80\x80\x80\x80";
  CHECK(decode_image8(bytes_of(hdr)).pixels == std::vector<std::uint8_t>{128, 128, 128});
  CHECK(is_float_image(bytes_of(hdr)));
  const std::string ppm = std::string("P6\n2 1\n255\n") + std::string("\x01\x02\x03\xff\xfe\xfd");
  CHECK(decode_image8(bytes_of(ppm), 100, "a.ppm").pixels ==
        std::vector<std::uint8_t>{1, 2, 3, 255, 254, 253});
  CHECK_FALSE(is_float_image(bytes_of(ppm), 100, "a.ppm"));
  // Photoshop: one channel of 8 bits, 1 × 1, no colour table, resources or layers, then an unpacked pixel.
  const std::string psd("8BPS\0\1\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\x08\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x63",
                        41);
  CHECK(decode_image8(bytes_of(psd)).pixels[0] == 0x63);
  for (const char* name : {"a.null", "a.txt", "a", "a.png", "a.cr2"})
    CHECK_THROWS_AS(decode_image8(bytes_of(ppm), 100, name), std::runtime_error);
}

TEST_CASE("a JPEG 2000 file that promises too much is refused before its decoder takes memory", "[image]") {
  CHECK_THROWS_AS(decode_image8(bytes_of(jpeg2000_head(60'000, 60'000, 3))), ImageTooLarge);
  CHECK_THROWS_AS(decode_image8(bytes_of(jpeg2000_head(9'000, 9'000, 60))), ImageTooLarge);
  CHECK_THROWS_AS(decode_image8(bytes_of(jpeg2000_head(0, 1, 1))), std::runtime_error);
  const std::string small = jpeg2000_head(8, 8, 3), large = jpeg2000_head(60'000, 60'000, 3);
  CHECK_THROWS_AS(decode_image8(bytes_of(small + large)), ImageTooLarge);
}

}  // namespace funcorr
