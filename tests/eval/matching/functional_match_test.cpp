#include "eval/matching/functional_match.h"

#include <algorithm>
#include <cmath>

#include "db/format/random.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"
#include "tests/train/run_on_disk.h"

using namespace funcorr;

namespace {

// A speckled blob with alpha, `width` × `height`, about (cx, cy): no two places look alike.
Image8 blob(int width, int height, double cx, double cy, double radius) {
  Image8 image(width, height, 4);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      std::uint8_t* pixel = image.at(x, y);
      const double dx = x - cx, dy = (y - cy) * 1.3;
      const double angle = std::atan2(dy, dx);
      for (int c = 0; c < 3; ++c)
        pixel[c] =
            static_cast<std::uint8_t>(125 + 60 * std::sin(dx / (6 + 2 * c)) + 60 * std::cos(dy / (9 - c)));
      pixel[3] = std::hypot(dx, dy) < radius * (1 + 0.25 * std::sin(3 * angle + 1)) ? 255 : 0;
    }
  return image;
}

FunctionalMatcher small_matcher(const tests::TemporaryFolder& folder, bool mask_head) {
  tests::write_run_on_disk(folder.path(), mask_head);
  return FunctionalMatcher(folder.path());
}

}  // namespace

TEST_CASE("a match image maps its crop's pixels to the image and back, also where it is not square") {
  const MatchImage image(blob(300, 200, 180, 90, 60));
  CHECK_FALSE(image.is_whole_image());
  const std::vector<Pixel> pixels = pixels_of(image.object());
  REQUIRE(pixels.size() > 1000);
  for (const Pixel& pixel : pixels) {
    const ImagePoint there = image.image_from_crop(pixel);
    REQUIRE(image.crop_from_image(there) == pixel);
    // On the object: within it, up to rounding at its rim.
    REQUIRE(std::hypot(there.x - 180, (there.y - 90) * 1.3) < 60 * 1.25 + 2);
  }
}

TEST_CASE("a given mask comes before alpha, and without either the whole image counts") {
  Image8 image = blob(128, 128, 64, 64, 40);
  Image8 mask(128, 128, 1);
  for (int y = 20; y < 60; ++y)
    for (int x = 30; x < 90; ++x) *mask.at(x, y) = 255;
  const MatchImage masked(image, mask);
  CHECK_FALSE(masked.is_whole_image());
  const ImagePoint centre = masked.image_from_crop({112, 112});
  CHECK_THAT(centre.x, Catch::WithinAbs(59.5, 1.0));
  CHECK_THAT(centre.y, Catch::WithinAbs(39.5, 1.0));
  Image8 rgb(64, 48, 3);
  const MatchImage whole(rgb);
  CHECK(whole.is_whole_image());
  CHECK(count_pixels(whole.object()) > 20000);
  CHECK_THROWS_AS(MatchImage(rgb, mask), std::invalid_argument);
  CHECK_THROWS_AS(MatchImage(Image8(8, 8, 4)), std::invalid_argument);  // nothing inside
}

TEST_CASE("an image matches itself pixel by pixel, and a moved copy at the moved place") {
  const tests::TemporaryFolder folder;
  const FunctionalMatcher matcher = small_matcher(folder, false);
  const MatchImage a(blob(300, 300, 120, 130, 70)), b(blob(300, 300, 160, 150, 70));
  const MatchedImages same = matcher.match(a, a, "pour with");
  CHECK_FALSE(same.part_1());
  const std::vector<Pixel> pixels = pixels_of(a.object());
  for (const FunctionalMatch& match : same.transfer(pixels)) REQUIRE(match.crop.first == match.crop.second);

  // The crop follows the object: equal crops, other places in the image.
  const MatchedImages moved = matcher.match(a, b, "cut with");
  const auto matches = moved.discover({20, 5});
  REQUIRE(matches.size() == 20);
  for (const FunctionalMatch& match : matches) {
    CHECK_THAT(match.point_2.x - match.point_1.x, Catch::WithinAbs(40, 1e-9));
    CHECK_THAT(match.point_2.y - match.point_1.y, Catch::WithinAbs(20, 1e-9));
    CHECK(match.cycle_px == 0);
  }
}

TEST_CASE("discovered matches keep their distance, are the best first, and lie in the predicted parts") {
  const tests::TemporaryFolder folder;
  const FunctionalMatcher matcher = small_matcher(folder, true);
  const MatchImage a(blob(250, 250, 120, 130, 60)), b(blob(250, 250, 120, 120, 80));
  const MatchedImages matched = matcher.match(a, b, "pour with");
  REQUIRE(matched.part_1());
  const auto matches = matched.discover({15, 9});
  REQUIRE_FALSE(matches.empty());
  for (std::size_t i = 0; i < matches.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      CHECK(squared_distance(matches[i].crop.first, matches[j].crop.first) >= 81);
      CHECK(squared_distance(matches[i].crop.second, matches[j].crop.second) >= 81);
    }
  const auto in = [](const std::optional<CropMask>& mask, const Pixel& pixel) {
    return (*mask)[static_cast<std::size_t>(pixel.y * kCropSize + pixel.x)] != 0;
  };
  if (count_pixels(*matched.part_1()) >= 16 && count_pixels(*matched.part_2()) >= 16)
    for (const FunctionalMatch& match : matches)
      CHECK((in(matched.part_1(), match.crop.first) && in(matched.part_2(), match.crop.second)));
  CHECK(matched.discover({1, 9}).front().crop == matches.front().crop);
  CHECK_THROWS_AS(matched.discover({0, 9}), UsageError);
}

TEST_CASE("the best matches apart are those that no better one is near") {
  Random random(7);
  std::vector<PixelPair> ranked;
  const auto pixel = [&] {
    return Pixel{static_cast<std::int32_t>(random.below(60)), static_cast<std::int32_t>(random.below(60))};
  };
  for (int i = 0; i < 400; ++i) ranked.push_back({pixel(), pixel()});
  const std::vector<std::size_t> best = best_apart(ranked, {kCropPixels, 7});
  CHECK(best.size() > 5);
  const auto near = [&](std::size_t a, std::size_t b) {
    return squared_distance(ranked[a].first, ranked[b].first) < 49 ||
           squared_distance(ranked[a].second, ranked[b].second) < 49;
  };
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    const bool is_chosen = std::ranges::count(best, i) > 0;
    CHECK(is_chosen == std::ranges::none_of(best, [&](std::size_t b) { return b < i && near(b, i); }));
  }
  CHECK(best_apart(ranked, {3, 7}) == std::vector<std::size_t>(best.begin(), best.begin() + 3));
  CHECK(best_apart({}).empty());
}

TEST_CASE("the backbone's matches know of no function") {
  const tests::TemporaryFolder folder;
  const FunctionalMatcher matcher = small_matcher(folder, true);
  const MatchImage a(blob(300, 300, 120, 130, 70)), b(blob(300, 300, 160, 150, 70));
  const MatchedImages plain = matcher.match_plain(a, b);
  CHECK_FALSE(plain.part_1());
  for (const FunctionalMatch& match : plain.discover()) {  // equal crops: each pixel is its own best match
    CHECK(match.crop.first == match.crop.second);
    CHECK_THAT(match.similarity, Catch::WithinAbs(1, 1e-4));
  }
}

TEST_CASE("the heatmap's maximum is where the pixel is transferred to") {
  const tests::TemporaryFolder folder;
  const FunctionalMatcher matcher = small_matcher(folder, false);
  const MatchImage a(blob(250, 250, 120, 130, 60)), b(blob(250, 250, 100, 110, 75));
  const MatchedImages matched = matcher.match(a, b, "pour with");
  const CropMask object = b.object();
  for (const Pixel& pixel : {Pixel{112, 112}, Pixel{90, 130}}) {
    const std::vector<float> heat = matched.heatmap(pixel);
    const auto best = static_cast<std::size_t>(std::max_element(heat.begin(), heat.end()) - heat.begin());
    const FunctionalMatch match = matched.transfer({pixel}).front();
    CHECK_THAT(heat[best], Catch::WithinAbs(match.similarity, 1e-5));
    CHECK(object[best] == 1);
    CHECK(heat[0] == -1.0F);  // a corner: not on the object
  }
  CHECK_THROWS_AS(matched.heatmap({0, 0}), std::invalid_argument);
  CHECK_THROWS_AS(matcher.match(a, b, "unknown"), std::runtime_error);
}
