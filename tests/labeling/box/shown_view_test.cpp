// The picture that a model is shown of a view: its pixels, and what its comment says.
#include "labeling/box/shown_view.h"

#include <cmath>
#include <stdexcept>

#include "db/format/random.h"
#include "labeling/box/square.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

// Smooth colours, ever less transparent to the right.
Image8 smooth_view(int width, int height) {
  Image8 rgba(width, height, 4);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      auto* pixel = rgba.at(x, y);
      pixel[0] = static_cast<std::uint8_t>(255 * x / width);
      pixel[1] = static_cast<std::uint8_t>(255 * y / height);
      pixel[2] = 90;
      pixel[3] = static_cast<std::uint8_t>(128 + 127 * x / width);
    }
  return rgba;
}

std::string jpeg_of(const Image8& view, const ShownView& shown, int quality) {
  const auto bytes = shown_jpeg(view, shown, quality);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("A shown view is the crop on white in a square, and says which view it is") {
  const Image8 view = smooth_view(120, 90);
  const ShownView whole{"0123456789abcdef0123456789abcdef", 7, {0, 0, 120, 90}};
  const ShownView crop{"ff", 18, {10, 20, 100, 61}};
  const ShownView evaluated{"ff", 18, {10, 20, 100, 61}, ViewSet::kTrain};
  CHECK(jpeg_of(view, crop, 95).find("funcorr ff/18 10,20,100,61") !=
        std::string::npos);  // paid answers hang on it
  for (const ShownView& shown : {whole, crop, evaluated}) {
    const std::string jpeg = jpeg_of(view, shown, 95);
    const auto said = shown_view_of(jpeg);
    REQUIRE(said.has_value());
    CHECK(*said == shown);
    const Image8 decoded = decode_image8(std::as_bytes(std::span(jpeg)));
    const Image8 expected = pad_to_square(composite_on_white(crop_image(view, shown.crop)));
    REQUIRE(decoded.width == expected.width);
    REQUIRE(decoded.height == expected.height);
    double squares = 0;
    for (std::size_t i = 0; i < expected.pixels.size(); ++i)
      squares += std::pow(double(decoded.pixels[i]) - double(expected.pixels[i]), 2);
    CHECK(std::sqrt(squares / static_cast<double>(expected.pixels.size())) < 4);
    CHECK(jpeg_of(view, shown, 95) == jpeg);
  }
  CHECK_THROWS_AS(shown_jpeg(view, {"ff", 0, {0, 0, 121, 90}}, 95), std::out_of_range);
  CHECK_THROWS_AS(shown_jpeg(Image8(4, 4, 3), {"ff", 0, {0, 0, 4, 4}}, 95), std::invalid_argument);
}

TEST_CASE("Other data says nothing of a view, however broken it is") {
  const std::string jpeg = jpeg_of(smooth_view(64, 64), {"ff", 3, {0, 0, 64, 64}}, 80);
  CHECK_FALSE(shown_view_of("").has_value());
  CHECK_FALSE(shown_view_of("PNG, say").has_value());
  const auto plain = encode_jpeg(Image8(16, 16, 3), 80);
  CHECK_FALSE(shown_view_of({reinterpret_cast<const char*>(plain.data()), plain.size()}).has_value());
  // Cut off anywhere, or with any byte changed: an answer or none, never a read beyond the end.
  Random random(5);
  for (std::size_t length = 0; length < 200 && length < jpeg.size(); ++length)
    shown_view_of(std::string_view(jpeg).substr(0, length));
  for (int i = 0; i < 2000; ++i) {
    std::string broken = jpeg.substr(0, 300);
    broken[random.below(broken.size())] = static_cast<char>(random.below(256));
    if (const auto said = shown_view_of(broken)) CHECK(said->uid.size() < broken.size());
  }
}

}  // namespace funcorr
