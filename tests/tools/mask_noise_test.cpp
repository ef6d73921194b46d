// Masks of the simulated server: the right shape, its errors as often as set, and spellings that are read as
// they were meant.
#include "tools/simulated_server/mask_noise.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "labeling/mask/mask_reply.h"
#include "tests/catch.h"
#include "tools/simulated_server/mask_spelling.h"

namespace funcorr {
namespace {

constexpr int kDraws = 3000;

Image8 rectangle(const PixelBox& box, int width, int height) {
  Image8 mask(width, height, 1);
  for (int y = box.y1; y < box.y2; ++y)
    for (int x = box.x1; x < box.x2; ++x) *mask.at(x, y) = 255;
  return mask;
}

std::vector<PictureShape> shapes(int width = 49, int height = 49) {
  std::vector<PictureShape> all;
  for (const PixelBox& box : {PixelBox{5, 5, 15, 25}, PixelBox{15, 5, 40, 20}, PixelBox{5, 5, 40, 25}})
    all.push_back({box, rectangle(box, width, height)});
  return all;
}

AnswerNoise no_noise() { return noise_of(NoiseLevel::kNone); }

template <typename Is>
double share(const AnswerNoise& noise, const PixelBox& asked, Is is) {
  int count = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i)
    count += is(noisy_mask(shapes(), asked, noise, Random(mix64(i))).pixels) ? 1 : 0;
  return count / static_cast<double>(kDraws);
}

}  // namespace

TEST_CASE("The mask is that of the shape whose box is most like the asked one") {
  const auto all = shapes();
  CHECK(noisy_mask(all, {4, 6, 16, 24}, no_noise(), Random(1)).pixels == all[0].mask.pixels);
  CHECK(noisy_mask(all, {16, 4, 38, 22}, no_noise(), Random(1)).pixels == all[1].mask.pixels);
  CHECK(noisy_mask(all, {0, 0, 49, 49}, no_noise(), Random(1)).pixels == all[2].mask.pixels);
  CHECK(noisy_mask({}, {0, 0, 49, 49}, no_noise(), Random(1)).pixels.empty());
}

TEST_CASE("Wrong masks and leaks come as often as set") {
  const auto all = shapes();
  const PixelBox asked = all[0].box;
  AnswerNoise noise = no_noise();
  noise.mask_wrong = 0.3;
  for (const std::size_t other : {1U, 2U})
    CHECK_THAT(share(noise, asked, [&](const auto& pixels) { return pixels == all[other].mask.pixels; }),
               Catch::WithinAbs(0.15, 0.035));
  noise = no_noise();
  noise.mask_leak = 0.2;
  // Into the second shape, as far as the box reaches.
  const PixelBox loose{3, 3, 20, 27};
  std::vector<std::uint8_t> leaked = all[0].mask.pixels;
  for (int y = 5; y < 25; ++y)
    for (int x = 15; x < 20; ++x) leaked[static_cast<std::size_t>(49 * y + x)] = 255;
  CHECK_THAT(share(noise, loose, [&](const auto& pixels) { return pixels == leaked; }),
             Catch::WithinAbs(0.2, 0.035));
  CHECK_THAT(share(noise, loose, [&](const auto& pixels) { return pixels == all[0].mask.pixels; }),
             Catch::WithinAbs(0.8, 0.035));
}

TEST_CASE("Erosion takes the pixels of a rim, as many as the model's picture has for it") {
  AnswerNoise noise = no_noise();
  noise.mask_erosion = 20;  // two of a picture that is a tenth as large
  CHECK(noisy_mask(shapes(), {5, 5, 15, 25}, noise, Random(1)).pixels ==
        rectangle({7, 7, 13, 23}, 49, 49).pixels);
  // The picture's edge takes nothing away.
  CHECK(eroded(rectangle({0, 0, 6, 9}, 9, 9), 2).pixels == rectangle({0, 0, 4, 9}, 9, 9).pixels);
  CHECK(dilated(rectangle({0, 2, 3, 4}, 9, 9), 2).pixels == rectangle({0, 0, 5, 6}, 9, 9).pixels);
  for (const NoiseLevel level : {NoiseLevel::kMedium, NoiseLevel::kHigh}) {
    const AnswerNoise low = noise_of(NoiseLevel::kLow), more = noise_of(level);
    const double times = level == NoiseLevel::kMedium ? 2 : 4;
    CHECK(more.mask_erosion == times * low.mask_erosion);
    CHECK(more.mask_leak == times * low.mask_leak);
    CHECK(more.mask_wrong == times * low.mask_wrong);
  }
}

TEST_CASE("Every spelling of a mask is read as it was meant, Gemini's to the pixel of its box") {
  Random random(2);
  for (const SquarePadding image : {SquarePadding{49, 49}, SquarePadding{49, 31}, SquarePadding{30, 49}}) {
    const Image8 mask = rectangle({6, 7, 23, 29}, image.width, image.height);
    for (int i = 0; i < 20; ++i) {
      const auto sam =
          read_mask(MaskFormat::kSam, spell_mask(MaskFormat::kSam, mask, image, random), image, {});
      REQUIRE(sam);
      CHECK(mask_image(sam->mask).pixels == mask.pixels);
    }
    const auto gemini =
        read_mask(MaskFormat::kGemini, spell_mask(MaskFormat::kGemini, mask, image, random), image, {});
    REQUIRE(gemini);
    const Image8 read = mask_image(gemini->mask);
    int differing = 0;
    for (std::size_t i = 0; i < read.pixels.size(); ++i)
      differing += read.pixels[i] != mask.pixels[i] ? 1 : 0;
    CHECK(differing <= 2 * (17 + 22));  // a pixel of the rim
    for (const MaskFormat format : {MaskFormat::kSam, MaskFormat::kGemini}) {
      CHECK_FALSE(read_mask(format, spell_mask(format, {}, image, random), image, {}));
      const Image8 black(image.width, image.height, 1);
      CHECK_FALSE(read_mask(format, spell_mask(format, black, image, random), image, {}));
    }
  }
}

TEST_CASE("Counts are spelled as COCO's own tools do") {
  CHECK(coco_counts({3, 2, {1, 3, 2}}) == "132");
  CHECK(coco_counts({8, 4, {31, 1}}) == "o01");
  CHECK(coco_counts({7, 2, {5, 4, 3, 2}}) == "543N");
  Random random(9);
  for (int i = 0; i < 200; ++i) {
    RunLengthMask mask{1, 0};
    for (std::uint64_t runs = 1 + random.below(12); runs > 0; --runs) {
      mask.runs.push_back(static_cast<std::uint32_t>(1 + random.below(1U << random.below(20))));
      mask.height += static_cast<int>(mask.runs.back());
    }
    CHECK(read_coco_counts(coco_counts(mask), mask.width, mask.height) == mask);
  }
}

}  // namespace funcorr
