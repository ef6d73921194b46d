#include "db/format/image.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "db/format/file.h"
#include "db/format/float_image.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using Catch::Matchers::ContainsSubstring;
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

// A TIFF of 8 bits a channel, without pixels; tiles of a side of that many, or 0: none.
std::string tiff_head(std::uint32_t side, std::uint16_t channels, std::uint32_t tile) {
  struct Tag {
    std::uint16_t id, type;
    std::uint32_t value;
  };
  constexpr std::uint16_t kShort = 3, kLong = 4;
  std::vector<Tag> tags{
      {256, kLong, side}, {257, kLong, side}, {258, kShort, 8}, {259, kShort, 1}, {262, kShort, 1}};
  if (tile == 0) tags.push_back({273, kLong, 8});
  tags.push_back({277, kShort, channels});
  if (tile == 0) tags.insert(tags.end(), {{278, kLong, side}, {279, kLong, 4}});
  if (tile > 0)
    tags.insert(tags.end(), {{322, kLong, tile}, {323, kLong, tile}, {324, kLong, 8}, {325, kLong, 4}});
  std::string bytes("II*\0\x0c\0\0\0\0\x40\x80\xff", 12);
  const auto put = [&](std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i));
  };
  put(static_cast<std::uint32_t>(tags.size()), 2);
  for (const auto& [id, type, value] : tags) {
    put(id, 2);
    put(type, 2);
    put(1, 4);
    put(value, 4);
  }
  put(0, 4);
  return bytes;
}

// A JPEG up to its frame header (ITU-T T.81): SOF0 or SOF2, of three components, after bytes too many.
std::string jpeg_head(char frame, std::uint16_t side) {
  std::string bytes("\xff\xd8\xff\xfe\0\4ab\0\xff\xff", 11);
  bytes += frame;
  bytes.append("\0\x11\x08", 3);
  for (int i = 0; i < 2; ++i) bytes.append({static_cast<char>(side >> 8), static_cast<char>(side)});
  return bytes + std::string("\3\1\x11\0\2\x11\0\3\x11\0", 10);
}

}  // namespace

TEST_CASE("pictures that promise too much are refused before their decoders take memory", "[image]") {
  for (const char frame : {'\xc0', '\xc2'})
    CHECK_THROWS_AS(decode_image8(bytes_of(jpeg_head(frame, 65'500))), ImageTooLarge);
  const std::string gif("GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\1\0\1\0\0", 23);
  CHECK_THROWS_AS(decode_image8(bytes_of(gif)), ImageTooLarge);
  CHECK_THROWS_AS(decode_image8(bytes_of(tiff_head(16, 1, 40'000))), ImageTooLarge);
  CHECK_THROWS_AS(decode_image8(bytes_of(tiff_head(9'000, 60, 0))), ImageTooLarge);
}

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

namespace {

// 32 × 16 px: a grey of its own in each corner's 8 px, black between.
constexpr std::array<int, 4> kCornerGreys{60, 120, 180, 240};  // first row: first, last column; last row
std::string corners_jpeg() {
  Image8 image(32, 16, 3);
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 32; ++x)
      for (int c = 0; c < 3; ++c)
        if (x < 8 || x >= 24)
          image.at(x, y)[c] =
              static_cast<std::uint8_t>(kCornerGreys[static_cast<std::size_t>(2 * (y / 8) + x / 24)]);
  const std::vector<std::uint8_t> bytes = encode_jpeg(image, 95);
  return {bytes.begin(), bytes.end()};
}

// The segment APP1 behind the mark of begin: a TIFF header and a directory of one entry (EXIF 2.3, 4.5.4).
std::string with_orientation(const std::string& jpeg, int orientation) {
  using namespace std::string_literals;
  const std::string exif = "Exif\0\0"s + "II\x2a\0\x08\0\0\0"s + "\x01\0"s + "\x12\x01\x03\0\x01\0\0\0"s +
                           static_cast<char>(orientation) + "\0\0\0"s + "\0\0\0\0"s;
  return jpeg.substr(0, 2) + "\xff\xe1"s + '\0' + static_cast<char>(exif.size() + 2) + exif + jpeg.substr(2);
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

// 3 × 2 px of the greys 20, 60 … 220, orientation 6, as Pillow 9.4 wrote them.
const std::string kPng = from_hex(
    "89504e470d0a1a0a0000000d4948445200000003000000020800000000b81f39c60000001a655849664d4d002a00000008000101"
    "120003000000010006000000000000d6674b690000001049444154789c6314d1d060ecd1d0000004740143e3d5425a0000000049"
    "454e44ae426082");
const std::string kWebp = from_hex(
    "524946466600000057454250565038580a000000080000000200000100005650384c250000002f024000002f2010482482d85f71"
    "8953a09c0265fe13db50d3b6011beafccba911fd8fe90500455849461a0000004d4d002a00000008000101120003000000010006"
    "000000000000");
const std::string kTiff = from_hex(
    "49492a00080000000a000001040001000000030000000101040001000000020000000201030001000000080000000301030001"
    "00000001000000060103000100000001000000110104000100000086000000120103000100000006000000160104000100000002"
    "00"
    "00001701040001000000060000001c010300010000000100000000000000143c648cb4dc");

TEST_CASE("A photo is turned as its EXIF orientation says, for all eight", "[format]") {
  const TemporaryFolder folder;
  const std::string jpeg = corners_jpeg();
  // TIFF 6.0, tag 274: the side at which the first row is seen, and that of the first column.
  struct Seen {
    int orientation;
    char first_row, first_column;
  };
  const std::array<Seen, 10> table{{{1, 'T', 'L'},
                                    {2, 'T', 'R'},
                                    {3, 'B', 'R'},
                                    {4, 'B', 'L'},
                                    {5, 'L', 'T'},
                                    {6, 'R', 'T'},
                                    {7, 'R', 'B'},
                                    {8, 'L', 'B'},
                                    {0, 'T', 'L'},
                                    {9, 'T', 'L'}}};  // the last two are reserved
  for (const Seen& seen : table) {
    INFO("orientation " << seen.orientation);
    const Image8 photo = load_photo8(folder.write("a.jpg", with_orientation(jpeg, seen.orientation)));
    const bool lies = seen.first_row == 'T' || seen.first_row == 'B';
    REQUIRE((photo.width == (lies ? 32 : 16) && photo.height == (lies ? 16 : 32)));
    const auto opposite = [](char side) { return std::string("TBLR")[std::string("BTRL").find(side)]; };
    for (int corner = 0; corner < 4; ++corner) {
      const char row = corner < 2 ? seen.first_row : opposite(seen.first_row);
      const char column = corner % 2 == 0 ? seen.first_column : opposite(seen.first_column);
      const auto is_at = [&](char side) { return row == side || column == side; };
      const int x = is_at('L') ? 3 : photo.width - 4, y = is_at('T') ? 3 : photo.height - 4;
      CHECK_THAT(photo.at(x, y)[0], Catch::WithinAbs(kCornerGreys[static_cast<std::size_t>(corner)], 6));
    }
    CHECK(load_image8(folder / "a.jpg").width == 32);  // as stored
  }
}

TEST_CASE("The orientation of PNG, WebP and TIFF counts too", "[format]") {
  const TemporaryFolder folder;
  for (const std::string& file : {kPng, kWebp, kTiff}) {
    const Image8 photo = load_photo8(folder.write("photo", file));
    REQUIRE((photo.width == 2 && photo.height == 3));
    std::vector<int> greys;
    for (int y = 0; y < 3; ++y)
      for (int x = 0; x < 2; ++x) greys.push_back(photo.at(x, y)[0]);
    CHECK(greys == std::vector<int>{140, 20, 180, 60, 220, 100});  // Pillow's exif_transpose
  }
  // A directory that promises more entries than there are bytes, and none of ours.
  std::string broken = kWebp;
  broken.replace(broken.find(from_hex("0001011200030000")), 4, from_hex("ffff0113"));
  CHECK(load_photo8(folder.write("photo", broken)).width == 3);
}

TEST_CASE("A photo's 16 bits are kept, and 8 become 16 exactly", "[format]") {
  const TemporaryFolder folder;
  const Photo16 png = load_photo16(folder.write("photo", kPng));
  CHECK_FALSE(png.is_lossy);
  CHECK(*png.image.at(0, 0) == 140 * 257);
  // kTiff with 16 bits a sample, of which the smallest is 1: six samples in twelve bytes at the end.
  std::string deep = kTiff.substr(0, 134) + from_hex("010014003c0064008c00b400");
  deep[deep.find(from_hex("02010300010000000800")) + 8] = 16;
  deep[deep.find(from_hex("170104000100000006")) + 8] = 12;
  CHECK(*load_photo16(folder.write("photo", deep)).image.at(1, 0) == 1);
  CHECK(load_photo16(folder.write("photo", corners_jpeg())).is_lossy);
}

TEST_CASE("A truncated or damaged photo is refused, one with bytes too many is not", "[format]") {
  const TemporaryFolder folder;
  for (const std::string& whole : {corners_jpeg(), kPng, kTiff, kWebp})
    for (std::size_t size = 20; size + 3 < whole.size(); size += 7) {
      if (whole == kWebp && size + 34 > whole.size()) break;  // only its EXIF is cut
      if (whole == kPng && size + 16 > whole.size()) break;   // only its mark of end
      INFO(size << " of " << whole.size() << " bytes");
      const auto file = folder.write("cut", whole.substr(0, size));
      CHECK_THROWS_WITH(load_photo8(file), ContainsSubstring("cannot read image " + file.string()));
    }
  const std::string jpeg = corners_jpeg();
  const std::string padded = jpeg.substr(0, jpeg.size() - 2) + "abc" + jpeg.substr(jpeg.size() - 2);
  CHECK(load_photo8(folder.write("padded", padded)).width == 32);
}

}  // namespace
}  // namespace funcorr
