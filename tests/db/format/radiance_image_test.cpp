#include "db/format/radiance_image.h"

#include <array>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/db/format/exr_bytes.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using Catch::Matchers::ContainsSubstring;
using tests::exr_bytes;
using tests::TemporaryFolder;
using Window = std::array<std::int32_t, 4>;

constexpr Window kSmall{0, 0, 7, 3};

TEST_CASE("Of several layers the one with the picture's name is taken", "[format]") {
  struct Row {
    std::vector<ImagePart> parts;
    std::size_t part;
    std::array<int, 3> channels;
  };
  const std::vector<std::string> rgb{"B", "G", "R"};
  const std::vector<Row> table{
      {{{"", {"A", "B", "G", "R", "Z"}}}, 0, {3, 2, 1}},
      {{{"", {"Y"}}}, 0, {0, 0, 0}},
      {{{"", {"Light.B", "Light.G", "Light.R"}}}, 0, {2, 1, 0}},  // the only one
      {{{"", {"B", "Diffuse.B", "Diffuse.G", "Diffuse.R", "G", "R", "Y"}}}, 0, {5, 4, 0}},
      // Blender's multi-layer files
      {{{"",
         {"ViewLayer.Combined.B", "ViewLayer.Combined.G", "ViewLayer.Combined.R", "ViewLayer.DiffCol.B",
          "ViewLayer.DiffCol.G", "ViewLayer.DiffCol.R"}}},
       0,
       {2, 1, 0}},
      {{{"depth", rgb}, {"rgba", rgb}}, 1, {2, 1, 0}},
      {{{"depth", {"Z"}}, {"anything", rgb}}, 1, {2, 1, 0}},
      {{{"N", rgb}, {"Beauty", rgb}, {"albedo", rgb}}, 1, {2, 1, 0}}};
  for (std::size_t i = 0; i < table.size(); ++i) {
    INFO("row " << i);
    const RgbLayer layer = beauty_layer(table[i].parts);
    CHECK(layer.part == table[i].part);
    CHECK(layer.channels == table[i].channels);
  }
  CHECK_THROWS_WITH(beauty_layer({{"left", rgb}, {"right", rgb}}), ContainsSubstring("several layers") &&
                                                                       ContainsSubstring("left:B") &&
                                                                       ContainsSubstring("right:R"));
  CHECK_THROWS_WITH(beauty_layer({{"",
                                   {"a.Combined.B", "a.Combined.G", "a.Combined.R", "b.Combined.B",
                                    "b.Combined.G", "b.Combined.R"}}}),
                    ContainsSubstring("several layers"));
  CHECK_THROWS_WITH(beauty_layer({{"", {"Z", "xR", "G", "B"}}}), ContainsSubstring("Z, xR, G, B"));
  // Colour differences beside Y are no grey picture.
  CHECK_THROWS_WITH(beauty_layer({{"", {"BY", "RY", "Y"}}}), ContainsSubstring("RY"));
}

TEST_CASE("An OpenEXR file's named part is read, whatever comes before it", "[format]") {
  const TemporaryFolder folder;
  const std::vector<std::string> rgb{"B", "G", "R"};
  const auto file = folder.write("a.exr", exr_bytes({{"depth", rgb, kSmall, kSmall, 100},
                                                     {"rgba", {"A", "B", "G", "R"}, kSmall, kSmall, 10}}));
  const ImageF image = load_image_float(file);
  REQUIRE((image.width == 8 && image.height == 4 && image.channels == 3));
  CHECK((image.at(5, 2)[0] == 13 && image.at(5, 2)[1] == 12 && image.at(5, 2)[2] == 11));
}

TEST_CASE("A data window lies where it belongs in the display window", "[format]") {
  const TemporaryFolder folder;
  const auto load = [&](const Window& data, const Window& display) {
    return load_image_float(folder.write("a.exr", exr_bytes({{"", {"B", "G", "R"}, data, display, 1}})));
  };
  const ImageF part = load({2, 1, 5, 2}, kSmall);  // smaller
  REQUIRE((part.width == 8 && part.height == 4));
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 8; ++x)
      REQUIRE(part.at(x, y)[0] == (x >= 2 && x <= 5 && y >= 1 && y <= 2 ? 3.0F : 0.0F));
  const ImageF over = load({-3, -2, 12, 9}, kSmall);  // overscan
  CHECK((over.width == 8 && over.height == 4 && over.at(0, 0)[2] == 1 && over.at(7, 3)[2] == 1));
  const ImageF moved = load({10, 20, 13, 21}, {10, 20, 13, 21});  // its corner is not (0, 0)
  CHECK((moved.width == 4 && moved.height == 2 && moved.at(3, 1)[0] == 3));
  CHECK(load({100, 100, 101, 101}, kSmall).at(0, 0)[0] == 0);  // apart
  CHECK_THROWS_AS(load({0, 0, 1, 1}, {0, 0, 199'999, 999}), ImageTooLarge);
}

TEST_CASE("What is no light is refused by its name, and so is what is truncated", "[format]") {
  const TemporaryFolder folder;
  save_png(folder / "a.exr", Image8(8, 4, 3));  // whatever it is called
  CHECK_THROWS_WITH(load_image_float(folder / "a.exr"),
                    ContainsSubstring("a.exr") && ContainsSubstring("PNG") && ContainsSubstring(".hdr"));
  CHECK_THROWS_WITH(load_image_float(folder.write("b.hdr", "text")), ContainsSubstring("neither"));
  CHECK_THROWS_WITH(load_image_float(folder.write("c.hdr", "")), ContainsSubstring("empty"));
  const std::string whole = exr_bytes({{"", {"B", "G", "R"}, kSmall, kSmall, 1}});
  for (std::size_t size = 4; size < whole.size(); size += 11)
    CHECK_THROWS_AS(load_image_float(folder.write("cut.exr", whole.substr(0, size))), std::runtime_error);
}

TEST_CASE("A Radiance file is read, and refused where it is cut", "[format]") {
  const TemporaryFolder folder;
  // Old pixels, not run-length encoded: mantissas and an exponent with 128 for 2⁰; 128 · 2^(129 − 136) = 1.
  std::string hdr = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 4\n";
  for (int i = 0; i < 8; ++i) hdr += std::string("\x80\x40\x20\x81", 4);
  const ImageF image = load_image_float(folder.write("a.hdr", hdr));
  REQUIRE((image.width == 4 && image.height == 2 && image.channels == 3));
  CHECK_THAT(image.at(3, 1)[0], Catch::WithinRel(1.0, 0.01));
  CHECK_THAT(image.at(3, 1)[1], Catch::WithinRel(0.5, 0.02));
  CHECK_THROWS_AS(load_image_float(folder.write("cut.hdr", hdr.substr(0, hdr.size() - 6))),
                  std::runtime_error);
}

}  // namespace
}  // namespace funcorr
