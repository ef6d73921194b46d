// Map statements of material libraries, by the text of the MTL format (Alias Wavefront, 1995).
#include <string>

#include "db/format/image.h"
#include "render/import/assimp/mtl_library.h"
#include "render/import/import.h"
#include "render/material/texture.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

// A triangle whose material "m" has the statements, beside pictures of 2 × 1 texels: color.png, red to blue,
// and grey.png, 64 to 192 with alpha 255 to 0.
struct Model {
  TemporaryFolder folder;
  Model() {
    Image8 color(2, 1, 3), grey(2, 1, 4);
    color.pixels = {255, 0, 0, 0, 0, 255};
    grey.pixels = {64, 64, 64, 255, 192, 192, 192, 0};
    save_png(folder / "color.png", color);
    save_png(folder / "grey.png", grey);
    folder.write(
        "a.obj",
        "mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nusemtl m\nf 1/1 2/2 3/3\n");
  }
  Scene with(const std::string& statements) const {
    folder.write("a.mtl", "newmtl m\nKd 0.5 0.5 0.5\n" + statements + "\n");
    return import_asset({folder.path(), "a.obj", {}, "y"});
  }
};

Material material_of(const Scene& scene) {
  return scene.materials.at(static_cast<std::size_t>(scene.mesh.triangle_material.at(0)));
}

std::vector<std::uint8_t> pixels_of(const Scene& scene, const TextureRef& ref) {
  return scene.textures.at(static_cast<std::size_t>(ref.texture)).image.pixels;
}

// Where an OBJ's (u, v), v upward, looks the texture up; of a place there, v upward again.
Vec2d looked_up(const TextureRef& ref, double u, double v) {
  const Vec2d at = ref.transformed({u, 1 - v});
  return {at.x, 1 - at.y};
}

}  // namespace

TEST_CASE("options of a map statement are told from its file", "[import][mtl]") {
  const MtlMap all = parse_mtl_map(
      " -blendu off -blendv on -bm 0.5 -boost 2 -cc on -clamp on -imfchan g -mm 0.1 2 -o 1 2 3 -s 4 5 6 -t 0 "
      "0 0 "
      "-texres 512 my file.png\r");
  CHECK(all.file == "my file.png");
  CHECK(all.bump == 0.5);
  CHECK(all.clamp);
  CHECK(all.channel == 'g');
  CHECK(all.base == 0.1);
  CHECK(all.gain == 2);
  CHECK(all.offset == Vec2d{1, 2});
  CHECK(all.scale == Vec2d{4, 5});
  CHECK(all.lost.empty());
  const MtlMap short_form = parse_mtl_map("-s 2 -o .5 .25\ta.png ");  // v and w may be left out
  CHECK(short_form.scale == Vec2d{2, 1});
  CHECK(short_form.offset == Vec2d{0.5, 0.25});
  CHECK(short_form.file == "a.png ");
  CHECK(parse_mtl_map("-s 2 2 2 2.png").file == "2.png");
  CHECK(parse_mtl_map("-s 1 1 1 7").file == "7");
  CHECK(parse_mtl_map("-o 1 7").file == "7");
  CHECK(parse_mtl_map("-leaf.png").file == "-leaf.png");
  CHECK(parse_mtl_map("-s 1 1 1").file == "1");
  CHECK(parse_mtl_map("-clamp on").file.empty());
  CHECK(parse_mtl_map("").file.empty());
  CHECK(parse_mtl_map("-s nan 1 1 a.png").file == "nan 1 1 a.png");
  CHECK(parse_mtl_map("-t 1 1 1 -imfchan z a.png").lost == std::vector<std::string>{"-t", "-imfchan z"});
}

TEST_CASE("MTL: -s repeats a texture and -o shifts it, -clamp keeps to one copy", "[import][mtl]") {
  const Model model;
  const TextureRef plain = material_of(model.with("map_Kd color.png")).base_color_texture;
  CHECK(looked_up(plain, 0.25, 0.75) == Vec2d{0.25, 0.75});
  CHECK(plain.wrap_u == Wrap::kRepeat);
  // As Blender's Mapping node and three.js's repeat and offset have it: uv · s + o, v upward.
  const Scene scene = model.with("map_Kd -s 2 4 1 -o 0.5 0.125 0 -clamp on color.png");
  CHECK(scene.warnings.empty());
  const TextureRef laid = material_of(scene).base_color_texture;
  CHECK(looked_up(laid, 0.25, 0.75) == Vec2d{1, 3.125});
  CHECK(looked_up(laid, 0, 0) == Vec2d{0.5, 0.125});
  CHECK(laid.wrap_u == Wrap::kClamp);
  CHECK(laid.wrap_v == Wrap::kClamp);
}

TEST_CASE("MTL: -mm changes the range of a texture's values", "[import][mtl]") {
  const Model model;
  const Scene scene = model.with("map_Kd -mm 0.2 0.5 color.png");
  // 0.2 + 0.5 · 1 = 178.5 / 255; 0.2 = 51 / 255
  CHECK(pixels_of(scene, material_of(scene).base_color_texture) ==
        std::vector<std::uint8_t>{179, 51, 51, 51, 51, 179});
  const Scene bright = model.with("map_Kd -mm 0 9 grey.png");  // not of alpha
  CHECK(pixels_of(bright, material_of(bright).base_color_texture) ==
        std::vector<std::uint8_t>{255, 255, 255, 255, 255, 255, 255, 0});
}

TEST_CASE("MTL: -imfchan says which channel an opacity is", "[import][mtl]") {
  const Model model;
  const auto alpha = [&](const std::string& statement) {
    const Scene scene = model.with(statement);
    CHECK(scene.warnings.empty());
    const auto pixels = pixels_of(scene, material_of(scene).base_color_texture);
    REQUIRE(pixels.size() == 8);
    return std::vector<int>{pixels[3], pixels[7]};
  };
  CHECK(alpha("map_d -imfchan r color.png") == std::vector<int>{255, 0});
  CHECK(alpha("map_d -imfchan g color.png") == std::vector<int>{0, 0});
  CHECK(alpha("map_d -imfchan b color.png") == std::vector<int>{0, 255});
  CHECK(alpha("map_d -imfchan l grey.png") == std::vector<int>{64, 192});
  CHECK(alpha("map_d -imfchan m grey.png") == std::vector<int>{255, 0});
  CHECK(alpha("map_d grey.png") == std::vector<int>{255, 0});
  CHECK(alpha("map_Kd color.png\nmap_d -imfchan r color.png") == std::vector<int>{255, 0});
}

TEST_CASE("MTL: -bm multiplies slopes", "[import][mtl]") {
  const Model model;
  Image8 normals(1, 1, 3);
  normals.pixels = {128, 128, 255};
  save_png(model.folder / "normal.png", normals);
  CHECK(material_of(model.with("map_Bump -bm 0.5 normal.png")).normal_scale == 0.5);
  const Scene half = model.with("bump -bm 0.5 grey.png"), plain = model.with("bump grey.png");
  CHECK(material_of(half).normal_scale == 1);
  CHECK(material_of(half).normal_texture.used());
  CHECK(material_of(plain).normal_texture.used());
}

TEST_CASE("an EXR's colours are encoded, its numbers are not", "[import][mtl]") {
  const Model model;
  ImageF values(1, 1, 3);
  values.pixels = {0.5F, 0.5F, 1};  // sRGB: 188; a normal straight up
  save_exr(model.folder / "a.exr", values, {"R", "G", "B"});
  const Scene scene = model.with("map_Kd a.exr\nnorm a.exr");
  CHECK(scene.warnings.empty());
  CHECK(pixels_of(scene, material_of(scene).base_color_texture) == std::vector<std::uint8_t>{188, 188, 255});
  CHECK(pixels_of(scene, material_of(scene).normal_texture) == std::vector<std::uint8_t>{128, 128, 255});
}

TEST_CASE("what a map statement asks and does not get is warned of", "[import][mtl]") {
  const Model model;
  CHECK(model.with("map_Kd -t 1 1 1 color.png").warnings ==
        std::vector<std::string>{"option -t of texture 'color.png' is not followed"});
  CHECK(model.with("map_Kd -s 2 2 2 color.png\nmap_d grey.png").warnings ==
        std::vector<std::string>{"material 'm': its map of opacity is laid as that of colour"});
  CHECK(model.with("map_Kd color.png\nmap_d grey.png").warnings.empty());
  CHECK(material_of(model.with("map_Kd")).base_color[0] == 0.5);
}

TEST_CASE("a map's file is found with a blank or quotes around it, in a library of UTF-16", "[import][mtl]") {
  const Model model;
  for (const char* name :
       {"color.png ", "\"color.png\"", "Color.PNG", "C:\\\\Users\\\\someone\\\\color.png"}) {
    const Scene scene = model.with(std::string("map_Kd ") + name);
    CHECK(material_of(scene).base_color_texture.used());
    CHECK(scene.warnings ==
          std::vector<std::string>{std::string("texture '") + name + "' is read from 'color.png'"});
  }
  std::string wide = "\xff\xfe";
  for (const char c : std::string("newmtl m\r\nmap_Kd color.png\r\n")) wide.append(1, c).append(1, '\0');
  model.folder.write("a.mtl", wide);
  const Scene scene = import_asset({model.folder.path(), "a.obj", {}, "y"});
  CHECK(material_of(scene).base_color_texture.used());
  CHECK(scene.warnings.empty());
}

TEST_CASE("statements count in any case, and what is none is left out", "[import][mtl]") {
  const Model model;
  for (const char* library :
       {"NewMtl m\nKD 0.25 0.5 0.75\n", "nEwmtl m\nkd 0.25 0.5 0.75\nmap 3\nnone\nbumpy 1\n",
        "newmtl m\nKd 0.25 0.5 0.75\nKdx 1 1 1\nKdisp 1 1 1\nnew m2\nKx 1\n"}) {
    INFO(library);
    model.folder.write("a.mtl", library);
    const Material material = material_of(import_asset({model.folder.path(), "a.obj", {}, "y"}));
    CHECK(material.base_color[0] == 0.25);
    CHECK(material.base_color[2] == 0.75);
  }
}

}  // namespace funcorr
