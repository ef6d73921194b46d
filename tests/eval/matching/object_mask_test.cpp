#include "eval/matching/object_mask.h"

#include <algorithm>

#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace funcorr;
using Catch::Matchers::ContainsSubstring;

namespace {

// 8 × 8 px: `inside` from (2, 2) to (6, 5), else `outside`.
Image8 block(const std::vector<std::uint8_t>& inside, const std::vector<std::uint8_t>& outside) {
  Image8 image(8, 8, static_cast<int>(inside.size()));
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 8; ++x)
      std::ranges::copy(x >= 2 && x < 6 && y >= 2 && y < 5 ? inside : outside, image.at(x, y));
  return image;
}

}  // namespace

TEST_CASE("a mask of any kind tells where the object is") {
  const tests::TemporaryFolder folder;
  const std::vector<std::uint8_t> expected = block({255}, {0}).pixels;
  const std::vector<Image8> masks{
      block({255}, {0}),                             // black and white
      block({1}, {0}),                               // a label
      block({0, 255, 0}, {0, 0, 0}),                 // one colour
      block({0, 0, 64}, {0, 0, 0}),                  // a dark one, as palettes of labels have
      block({0, 0, 0, 255}, {0, 0, 0, 0}),           // alpha alone
      block({40, 50, 60, 255}, {200, 200, 200, 0}),  // a cut-out object: its alpha, whatever its colours
      block({255, 255, 255, 255}, {0, 0, 0, 255}),   // colours under one alpha
      block({255, 255, 255, 0}, {0, 0, 0, 0})};
  for (std::size_t i = 0; i < masks.size(); ++i) {
    INFO("mask " << i);
    save_png(folder / "m.png", masks[i]);
    std::vector<std::string> notices;
    const Image8 mask = load_object_mask(folder / "m.png", notices);
    CHECK(mask.channels == 1);
    CHECK(mask.pixels == expected);
    CHECK(notices.empty());
  }
}

TEST_CASE("several labels are one object, and it is said, and coverage is inside above half") {
  const tests::TemporaryFolder folder;
  std::vector<std::string> notices;
  Image8 labels = block({3}, {0});
  *labels.at(2, 2) = 7;
  *labels.at(3, 2) = 255;
  save_png(folder / "m.png", labels);
  CHECK(load_object_mask(folder / "m.png", notices).pixels == block({255}, {0}).pixels);
  REQUIRE(notices.size() == 1);
  CHECK_THAT(notices[0], ContainsSubstring("m.png") && ContainsSubstring("3, 7, 255"));

  Image8 halves(8, 8, 3);  // half red, half green
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 6; ++x) halves.at(x, y)[x < 3 ? 0 : 1] = 255;
  save_png(folder / "m.png", halves);
  const Image8 both = load_object_mask(folder / "m.png", notices);
  CHECK(std::ranges::count(both.pixels, 255) == 48);

  Image8 ramp(256, 1, 1);
  for (int x = 0; x < 256; ++x) *ramp.at(x, 0) = static_cast<std::uint8_t>(x);
  save_png(folder / "m.png", ramp);
  notices.clear();
  const Image8 above = load_object_mask(folder / "m.png", notices);
  CHECK((*above.at(127, 0) == 0 && *above.at(128, 0) == 255));
  CHECK(notices.empty());

  save_png(folder / "m.png", block({2}, {1}));
  CHECK(std::ranges::min(load_object_mask(folder / "m.png", notices).pixels) == 255);
  REQUIRE(notices.size() == 1);
  CHECK_THAT(notices[0], ContainsSubstring("whole image"));
}

TEST_CASE("a JPEG's mask is inside where it is bright, and refused with what it holds where it is not") {
  const tests::TemporaryFolder folder;
  std::vector<std::string> notices;
  const auto jpeg = [&](std::uint8_t value) {
    Image8 image(64, 64, 3);
    for (int y = 16; y < 48; ++y)
      for (int x = 19; x < 45; ++x) std::fill_n(image.at(x, y), 3, value);
    const std::vector<std::uint8_t> bytes = encode_jpeg(image, 60);
    return folder.write("m.jpg", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  const Image8 mask = load_object_mask(jpeg(255), notices);
  CHECK(std::ranges::count(mask.pixels, 255) == 26 * 32);
  CHECK_THROWS_WITH(load_object_mask(jpeg(90), notices),
                    ContainsSubstring("m.jpg") && ContainsSubstring("largest value is"));
  save_png(folder / "m.png", Image8(8, 8, 3));
  CHECK_THROWS_WITH(load_object_mask(folder / "m.png", notices), ContainsSubstring("every pixel is 0"));
  CHECK(notices.empty());
}
