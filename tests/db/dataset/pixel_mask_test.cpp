#include "db/dataset/pixel_mask.h"

#include "db/format/random.h"
#include "tests/catch.h"

namespace funcorr {

TEST_CASE("the bits of a mask are its pixels") {
  Random random(3);
  CropMask mask(kCropPixels, 0), other(kCropPixels, 0);
  for (auto* m : {&mask, &other})
    for (std::uint8_t& pixel : *m) pixel = static_cast<std::uint8_t>(random.below(2));
  std::vector<std::uint8_t> bits, other_bits;
  append_mask_bits(mask, bits);
  append_mask_bits(other, other_bits);
  REQUIRE(bits.size() == kMaskBytes);
  const PixelMaskView view(bits), other_view(other_bits);
  std::vector<PixelIndex> inside, outside, without;
  for (int i = 0; i < kCropPixels; ++i) {
    const auto pixel = static_cast<PixelIndex>(i);
    (mask[pixel] != 0 ? inside : outside).push_back(pixel);
    if (mask[pixel] != 0 && other[pixel] == 0) without.push_back(pixel);
  }
  std::vector<PixelIndex> found;
  view.append_pixels(found);
  CHECK((found == inside));
  CHECK(view.count() == static_cast<int>(inside.size()));
  found.clear();
  view.append_outside(found);
  CHECK((found == outside));
  found.clear();
  view.append_without(other_view, found);
  CHECK((found == without));
  CHECK(view.at(inside.front()));
  CHECK_FALSE(view.at(outside.front()));
  CHECK(pixel_index({kCropSize - 1, kCropSize - 1}) == kCropPixels - 1);
}

}  // namespace funcorr
