#include "db/dataset/crop.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "db/dataset/rowcol.h"
#include "db/format/npy.h"
#include "db/format/random.h"
#include "tests/golden.h"

using namespace funcorr;

namespace {

Image8 mask_of_box(int size, int left, int top, int right, int bottom) {
  Image8 mask(size, size, 1);
  for (int y = top; y <= bottom; ++y)
    for (int x = left; x <= right; ++x) *mask.at(x, y) = 255;
  return mask;
}

Image8 on_white(Image8 rgb, const Image8& mask) {
  for (int y = 0; y < rgb.height; ++y)
    for (int x = 0; x < rgb.width; ++x)
      if (*mask.at(x, y) <= 127) std::fill_n(rgb.at(x, y), 3, std::uint8_t{255});
  return rgb;
}

std::vector<std::int32_t> to_int32(const NpyArray& array) {
  std::vector<std::int32_t> values;
  for (const double value : array.to_double()) values.push_back(static_cast<std::int32_t>(value));
  return values;
}

}  // namespace

TEST_CASE("crops equal the release's") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  for (int k = 0; k < 3; ++k) {
    INFO("golden crop " << k);
    const auto image = [&](const std::string& name) {
      return load_image8(golden / "label" / "crop" / (name + "_" + std::to_string(k) + ".png"));
    };
    const CropWindow window = crop_window(image("in_mask"));
    CHECK(crop_mask(image("in_mask"), window).pixels == image("out_mask").pixels);
    CHECK(crop_mask(image("in_part"), window).pixels == image("out_part").pixels);

    const Image8 rgb = crop_rgb(on_white(image("in_rgb"), image("in_mask")), window),
                 expected = image("out_rgb");
    REQUIRE(rgb.pixels.size() == expected.pixels.size());
    int worst = 0;
    for (std::size_t i = 0; i < rgb.pixels.size(); ++i)
      worst = std::max(worst, std::abs(int{rgb.pixels[i]} - int{expected.pixels[i]}));
    CHECK(worst <= 2);

    const auto arrays = load_npz(golden / "label" / "crop" / ("points_" + std::to_string(k) + ".npz"));
    const VisiblePoints points = crop_points(
        {to_int32(arrays.at("in_ids")), pixels_of_rowcol(arrays.at("in_rowcol"))}, window, image("out_mask"));
    CHECK(points.ids == to_int32(arrays.at("out_ids")));
    CHECK((points.pixels == pixels_of_rowcol(arrays.at("out_rowcol"))));
  }
}

TEST_CASE("the crop window holds the object's box in its middle") {
  Random random(7);
  for (const int size : {96, 256, 490, 1024})
    for (int repeat = 0; repeat < 200; ++repeat) {
      const auto draw = [&] { return static_cast<int>(random.below(static_cast<std::uint64_t>(size))); };
      int left = draw(), right = draw(), top = draw(), bottom = draw();
      if (left > right) std::swap(left, right);
      if (top > bottom) std::swap(top, bottom);
      if (std::max(right - left, bottom - top) < 16)
        continue;  // smaller ones have a margin of less than 1 px
      const CropWindow window = crop_window(mask_of_box(size, left, top, right, bottom));
      INFO("view of " << size << " px, box " << left << " " << top << " " << right << " " << bottom);
      const int window_left = window.corner_x - window.padding, window_top = window.corner_y - window.padding;
      CHECK(window_left <= left);
      CHECK(window_top <= top);
      CHECK(window_left + window.side > right);
      CHECK(window_top + window.side > bottom);
      // The box's centre is the window's, within the rounding of two halves.
      CHECK(std::abs(2 * window_left + window.side - (left + right)) <= 1);
      CHECK(std::abs(2 * window_top + window.side - (top + bottom)) <= 1);
    }
}

TEST_CASE("a point stays on what it marks through the crop") {
  // A disc of 9 px around each point survives resizing: its crop pixel must be inside the cropped disc.
  Random random(11);
  const CropWindow window = crop_window(mask_of_box(490, 60, 90, 400, 430));
  const Image8 everywhere = crop_mask(mask_of_box(490, 0, 0, 489, 489), window);
  for (int repeat = 0; repeat < 50; ++repeat) {
    const int x = 70 + static_cast<int>(random.below(320)), y = 100 + static_cast<int>(random.below(320));
    const Image8 spot = crop_mask(mask_of_box(490, x - 4, y - 4, x + 4, y + 4), window);
    const VisiblePoints points = crop_points({{5}, {{x, y}}}, window, everywhere);
    REQUIRE(points.pixels.size() == 1);
    CHECK(*spot.at(points.pixels[0].x, points.pixels[0].y) == 255);
  }
}

TEST_CASE("a uniform colour stays that colour, white beyond the object") {
  Image8 rgba(200, 100, 4);
  for (int y = 30; y < 70; ++y)
    for (int x = 80; x < 120; ++x) {
      rgba.at(x, y)[0] = 200;
      rgba.at(x, y)[3] = 255;
    }
  const ObjectCrop crop = crop_object(rgba);
  CHECK(crop.rgb.at(112, 112)[0] == 200);
  CHECK(crop.rgb.at(112, 112)[1] == 0);
  CHECK(crop.rgb.at(1, 1)[1] == 255);
  CHECK(*crop.object.at(112, 112) == 255);
  CHECK(*crop.object.at(1, 1) == 0);
}

TEST_CASE("an empty object mask is refused") {
  CHECK_THROWS_AS(crop_window(Image8(490, 490, 1)), std::invalid_argument);
  CHECK_THROWS_AS(crop_window(mask_of_box(490, 10, 10, 10, 10)), std::invalid_argument);
  CHECK_THROWS_AS(crop_object(Image8(490, 490, 3)), std::invalid_argument);
}

TEST_CASE("crop pixels and their places in rows are each other's inverse") {
  CHECK(crop_index({0, 0}) == 0);
  CHECK(crop_index({kCropSize - 1, 0}) == kCropSize - 1);
  CHECK(crop_index({0, 1}) == kCropSize);
  for (const std::size_t index : std::vector<std::size_t>{0, 1, kCropSize, kCropPixels - 1})
    CHECK(crop_index(crop_pixel(index)) == index);
  CHECK(is_in_crop({kCropSize - 1, 0}));
  CHECK_FALSE(is_in_crop({0, kCropSize}));
  CHECK_FALSE(is_in_crop({-1, 0}));
}

TEST_CASE("visible points whose ids and pixels differ in number are refused") {
  const CropWindow window = crop_window(mask_of_box(490, 60, 90, 400, 430));
  CHECK_THROWS_AS(crop_points({{1, 2}, {{5, 5}}}, window, Image8(kCropSize, kCropSize, 1)),
                  std::invalid_argument);
}
