#include "render/material/texture.h"

#include <cmath>

#include "tests/catch.h"

using namespace funcorr;

namespace {

// 2 × 2: red 10, 60 above 110, 160.
Image8 four_texels() {
  Image8 image(2, 2, 3);
  for (int i = 0; i < 4; ++i)
    image.pixels[static_cast<std::size_t>(3 * i)] = static_cast<std::uint8_t>(10 + 50 * i);
  return image;
}

float red(const TextureLookup& lookup, float u, float v) { return 255 * lookup.at({u, v})[0]; }

TextureRef wrapped(Wrap u, Wrap v) {
  TextureRef ref;
  ref.wrap_u = u;
  ref.wrap_v = v;
  return ref;
}

}  // namespace

TEST_CASE("texel centres stand where glTF puts them: (0, 0) is the top left corner") {
  const Image8 image = four_texels();
  const MipMap mip_map(image, Encoding::kLinear);
  const TextureLookup lookup({}, mip_map);
  CHECK_THAT(red(lookup, 0.25F, 0.25F), Catch::WithinAbs(10, 1e-3));
  CHECK_THAT(red(lookup, 0.75F, 0.25F), Catch::WithinAbs(60, 1e-3));
  CHECK_THAT(red(lookup, 0.25F, 0.75F), Catch::WithinAbs(110, 1e-3));
  CHECK_THAT(red(lookup, 0.5F, 0.5F), Catch::WithinAbs(85, 1e-3));
  CHECK(lookup.at({0.3F, 0.3F})[3] == 1);
}

TEST_CASE("textures repeat, mirror or keep their edge beyond 0…1") {
  const Image8 image = four_texels();
  const MipMap mip_map(image, Encoding::kLinear);
  const TextureLookup repeat(wrapped(Wrap::kRepeat, Wrap::kRepeat), mip_map);
  const TextureLookup mirror(wrapped(Wrap::kMirror, Wrap::kMirror), mip_map);
  const TextureLookup clamp(wrapped(Wrap::kClamp, Wrap::kClamp), mip_map);
  for (const float period : {-3.0F, -1.0F, 0.0F, 2.0F, 40.0F})
    CHECK_THAT(red(repeat, 0.75F + period, 0.25F), Catch::WithinAbs(60, 0.01));
  CHECK_THAT(red(repeat, 1.0F, 0.25F), Catch::WithinAbs(35, 1e-3));  // across the seam
  CHECK_THAT(red(mirror, 1.25F, 0.25F), Catch::WithinAbs(60, 1e-3));
  CHECK_THAT(red(mirror, -0.25F, 0.25F), Catch::WithinAbs(10, 1e-3));
  CHECK_THAT(red(mirror, 0.25F, -0.75F), Catch::WithinAbs(110, 1e-3));
  CHECK_THAT(red(clamp, 7.0F, 0.25F), Catch::WithinAbs(60, 1e-3));
  CHECK_THAT(red(clamp, -7.0F, 9.0F), Catch::WithinAbs(110, 1e-3));
  for (const float far : {1e20F, -1e20F, std::nanf(""), INFINITY})
    CHECK(std::isfinite(red(repeat, far, far)));
}

TEST_CASE("KHR_texture_transform moves, turns and scales texture coordinates") {
  const Image8 image = four_texels();
  const MipMap mip_map(image, Encoding::kLinear);
  TextureRef ref;
  ref.offset = {0.5, 0};
  CHECK_THAT(red(TextureLookup(ref, mip_map), 0.25F, 0.25F), Catch::WithinAbs(60, 1e-3));
  ref = {};
  ref.scale = {0.5, 0.5};
  CHECK_THAT(red(TextureLookup(ref, mip_map), 0.5F, 1.5F), Catch::WithinAbs(110, 1e-3));
  ref = {};
  ref.rotation = std::acos(-1.0) / 2;  // (u, v) → (v, −u)
  CHECK_THAT(red(TextureLookup(ref, mip_map), 0.25F, 0.75F), Catch::WithinAbs(160, 1e-3));
}

TEST_CASE("only colour textures are decoded from sRGB, and alpha never") {
  Image8 image(1, 1, 4);
  image.pixels = {188, 188, 188, 128};
  const MipMap color(image, Encoding::kSrgb), data(image, Encoding::kLinear);
  CHECK_THAT(TextureLookup({}, color).at({})[1], Catch::WithinAbs(0.5029, 1e-3));
  CHECK_THAT(TextureLookup({}, data).at({})[1], Catch::WithinAbs(188.0 / 255, 1e-5));
  CHECK_THAT(TextureLookup({}, color).at({})[3], Catch::WithinAbs(128.0 / 255, 1e-5));
  for (int code = 0; code < 256; ++code)
    CHECK(srgb8_from_linear(linear_from_srgb8(static_cast<std::uint8_t>(code))) == code);
}

TEST_CASE("wide footprints see the mean of the texels, taken in linear light") {
  Image8 checks(64, 64, 3);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x)
      for (int c = 0; c < 3; ++c) checks.at(x, y)[c] = (x + y) % 2 == 0 ? 255 : 0;
  const MipMap mip_map(checks, Encoding::kSrgb);
  CHECK(mip_map.levels() == 7);
  const TextureLookup lookup({}, mip_map);
  CHECK(lookup.at({0.5F / 64, 0.5F / 64}, 1.0F / 64)[0] == 1);  // a texel wide: the image itself
  for (const float footprint : {2.1F / 64, 0.3F, 1.0F, 50.0F})
    CHECK_THAT(lookup.at({0.37F, 0.61F}, footprint)[0], Catch::WithinAbs(0.5, 0.005));
}

TEST_CASE("grey textures answer their grey in all colours") {
  Image8 grey(3, 1, 1);
  grey.pixels = {0, 128, 255};
  const MipMap mip_map(grey, Encoding::kLinear);
  const auto value = TextureLookup({}, mip_map).at({0.5F, 0.5F});
  for (std::size_t c = 0; c < 3; ++c) CHECK_THAT(value[c], Catch::WithinAbs(128.0 / 255, 1e-5));
  CHECK(value[3] == 1);
}
