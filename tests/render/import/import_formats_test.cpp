// One small object, written by the test in every format, comes back with the same faces.
#include <string>

#include <fmt/format.h>

#include "db/format/image.h"
#include "render/camera.h"
#include "render/import/import.h"
#include "tests/catch.h"
#include "tests/render/import/gltf_builder.h"
#include "tests/render/import/wedge.h"
#include "tests/render/import/wedge_files.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using tests::GltfBuilder;
using tests::TemporaryFolder;
using tests::triangles_of;
using namespace tests::wedge_files;
using tests::Wedge;

Scene import_file(const TemporaryFolder& folder, const std::string& name, const std::string& up = "y") {
  return import_asset({folder.path(), name, {}, up});
}

// The wedge with the picture i, laid by the surface "sf": `samplers` over it, `technique` of its effect.
std::string dae_with_picture(const std::string& picture, const std::string& samplers,
                             const std::string& technique) {
  std::string file = dae(Wedge{}, "Y_UP", 1);
  const std::string library =
      "<library_images><image id=\"i\"><init_from>" + picture +
      "</init_from></image></library_images><library_effects><effect id=\"fx\"><profile_COMMON>"
      "<newparam sid=\"sf\"><surface type=\"2D\"><init_from>i</init_from></surface></newparam>" +
      samplers + "<technique sid=\"c\"><lambert>" + technique +
      "</lambert></technique></profile_COMMON></effect></library_effects><library_materials>"
      "<material id=\"m\"><instance_effect url=\"#fx\"/></material></library_materials>";
  file.insert(file.find("<library_geometries>"), library);
  file.replace(file.find("<triangles "), 11, "<triangles material=\"M\" ");
  const std::string instance = "<instance_geometry url=\"#wedge\"/>";
  return file.replace(file.find(instance), instance.size(),
                      "<instance_geometry url=\"#wedge\"><bind_material><technique_common>"
                      "<instance_material symbol=\"M\" target=\"#m\"/></technique_common></bind_material>"
                      "</instance_geometry>");
}

std::string dae_sampler(const std::string& sid, const std::string& wraps = "") {
  return "<newparam sid=\"" + sid + "\"><sampler2D><source>sf</source>" + wraps + "</sampler2D></newparam>";
}

const Material& material_of(const Scene& scene) {
  return scene.materials.at(static_cast<std::size_t>(scene.mesh.triangle_material.at(0)));
}

Transform y_up_from_z_up() { return release_world_from_object().inverse(); }

}  // namespace

TEST_CASE("every format gives the faces that were written", "[import]") {
  const TemporaryFolder folder;
  const Wedge wedge;
  const GltfBuilder gltf = gltf_of(wedge);
  folder.write("wedge.obj", obj_text(wedge));
  folder.write("ascii.stl", ascii_stl(wedge));
  folder.write("binary.STL", binary_stl(wedge));
  folder.write("ascii.ply", ply(wedge, false));
  folder.write("binary.ply", ply(wedge, true));
  folder.write("wedge.off", off(wedge));
  folder.write("wedge.dae", dae(wedge, "Y_UP", 1));
  folder.write("wedge.fbx", ascii_fbx(wedge, 1));
  folder.write("wedge.glb", gltf.glb());
  folder.write("separate.gltf", gltf.gltf("a%20buffer.bin"));
  folder.write("a buffer.bin", gltf.buffer());
  folder.write("embedded.gltf",
               gltf.gltf("data:application/octet-stream;base64," + tests::base64_of(gltf.buffer())));
  for (const char* file : {"wedge.obj", "ascii.stl", "binary.STL", "ascii.ply", "binary.ply", "wedge.off",
                           "wedge.dae", "wedge.fbx", "wedge.glb", "separate.gltf", "embedded.gltf"}) {
    INFO(file);
    const Scene scene = import_file(folder, file);
    CHECK(triangles_of(scene.mesh) == triangles_of(wedge));
    CHECK(scene.warnings.empty());
    CHECK(scene.statistics.source_triangles == 4);
    CHECK(scene.statistics.degenerate_triangles == 0);
  }
}

TEST_CASE("a binary stl is read by its count, whatever its header and its end are", "[import]") {
  const TemporaryFolder folder;
  const Wedge wedge;
  for (const std::string& header : {std::string("solid but binary"), std::string("COLOR="), std::string()})
    for (const std::string& end : {std::string(2, '\0'), std::string("\r\n"), std::string(50, 'x')}) {
      std::string bytes = binary_stl(wedge);
      bytes.replace(0, 80, header + std::string(80 - header.size(), '\0'));
      folder.write("a.stl", bytes + end);
      const Scene scene = import_file(folder, "a.stl");
      CHECK(triangles_of(scene.mesh) == triangles_of(wedge));
      CHECK(scene.warnings == std::vector<std::string>{std::to_string(end.size()) +
                                                       " bytes after the last facet are not read"});
    }
}

TEST_CASE("every face of a ply takes the texture that its texnumber names", "[import]") {
  const TemporaryFolder folder;
  for (const char* name : {"a.png", "b.png"}) save_png(folder / name, Image8(1, 1, 3));
  folder.write(
      "two.ply",
      "ply\nformat ascii 1.0\ncomment TextureFile a.png\ncomment TextureFile b.png\nelement vertex 4\n"
      "property float x\nproperty float y\nproperty float z\nelement face 3\n"
      "property list uchar int vertex_indices\nproperty list uchar float texcoord\nproperty int texnumber\n"
      "end_header\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2 6 0 0 1 0 1 1 1\n"
      "4 0 1 2 3 8 0 0 1 0 1 1 0 1 0\n3 0 2 3 6 0 0 1 1 0 1 7\n");
  const Scene scene = import_file(folder, "two.ply");
  REQUIRE(scene.mesh.triangles.size() == 4);
  std::vector<std::string> names;
  for (const std::int32_t material : scene.mesh.triangle_material) {
    const TextureRef& ref = scene.materials[static_cast<std::size_t>(material)].base_color_texture;
    names.push_back(ref.used() ? scene.textures[static_cast<std::size_t>(ref.texture)].name : "");
  }
  CHECK(names == std::vector<std::string>{"b.png", "a.png", "a.png", ""});  // 7: there is none
}

TEST_CASE("a Collada file's texture of opacity and Maya's repeats are read", "[import]") {
  const TemporaryFolder folder;
  Image8 leaf(2, 1, 4);
  leaf.pixels = {51, 51, 51, 255, 255, 255, 255, 0};
  save_png(folder / "leaf.png", leaf);
  const auto material_with = [&](const std::string& opaque, const std::string& extra) {
    const std::string texture = "<texture texture=\"sp\" texcoord=\"T\">" + extra + "</texture>";
    folder.write("a.dae", dae_with_picture("leaf.png", dae_sampler("sp"),
                                           "<diffuse>" + texture + "</diffuse><transparent" + opaque + ">" +
                                               texture + "</transparent>"));
    const Scene scene = import_file(folder, "a.dae");
    const Material material = material_of(scene);
    REQUIRE(material.base_color_texture.used());
    const auto& pixels =
        scene.textures.at(static_cast<std::size_t>(material.base_color_texture.texture)).image.pixels;
    REQUIRE(pixels.size() == 8);
    return std::tuple{material, int{pixels[3]}, int{pixels[7]}};
  };
  // COLLADA 1.5, "Determining transparency": 1 is opaque in A_ONE and RGB_ONE, 0 in the others.
  for (const auto& [opaque, left, right] :
       {std::tuple{"", 255, 0}, std::tuple{" opaque=\"A_ONE\"", 255, 0},
        std::tuple{" opaque=\"RGB_ONE\"", 51, 255}, std::tuple{" opaque=\"RGB_ZERO\"", 204, 0}}) {
    INFO(opaque);
    const auto [material, alpha_left, alpha_right] = material_with(opaque, "");
    CHECK(material.alpha_mode == AlphaMode::kBlend);
    CHECK(alpha_left == left);
    CHECK(alpha_right == right);
  }
  const auto [material, left, right] =
      material_with("",
                    "<extra><technique profile=\"MAYA\"><repeatU>2</repeatU><repeatV>3</repeatV>"
                    "<offsetU>0.25</offsetU><offsetV>0.5</offsetV></technique></extra>");
  const Vec2d at = material.base_color_texture.transformed({0.5, 1 - 0.5});  // v upward: 3 · 0.5 + 0.5
  CHECK(at == Vec2d{1.25, 1 - 2.0});
}

TEST_CASE("a Collada file's pictures go on beyond their edges as its samplers say", "[import]") {
  const TemporaryFolder folder;
  save_png(folder / "a b.png", Image8(1, 1, 3));
  struct Seen {
    Wrap u, v;
    std::string warnings;
    bool operator==(const Seen&) const = default;
  };
  const auto seen = [&](const std::string& samplers, const std::string& extra = "") {
    folder.write("a.dae", dae_with_picture("./a%20b.png", samplers,
                                           "<diffuse><texture texture=\"sp\" texcoord=\"T\">" + extra +
                                               "</texture></diffuse>"));
    const Scene scene = import_file(folder, "a.dae");
    const TextureRef& texture = material_of(scene).base_color_texture;
    REQUIRE(texture.used());
    std::string warnings;
    for (const std::string& warning : scene.warnings) warnings += warning;
    return Seen{texture.wrap_u, texture.wrap_v, warnings};
  };
  CHECK(seen(dae_sampler("sp")) == Seen{Wrap::kRepeat, Wrap::kRepeat, ""});
  CHECK(seen(dae_sampler("sp", "<wrap_s>WRAP</wrap_s><wrap_t> CLAMP </wrap_t>")) ==
        Seen{Wrap::kRepeat, Wrap::kClamp, ""});
  CHECK(seen(dae_sampler("sp", "<wrap_t>WRAP</wrap_t><wrap_s>MIRROR</wrap_s>")) ==
        Seen{Wrap::kMirror, Wrap::kRepeat, ""});
  CHECK(seen(dae_sampler("sp", "<wrap_s>BORDER</wrap_s><wrap_t>NONE</wrap_t>")) ==
        Seen{Wrap::kClamp, Wrap::kClamp,
             "texture './a b.png' has a border colour: its edge goes on beyond it"});
  CHECK(seen(dae_sampler("sp", "<wrap_s>CLAMP</wrap_s>") + dae_sampler("s2")) ==
        Seen{Wrap::kRepeat, Wrap::kRepeat,
             "texture './a b.png' is repeated differently by its samplers: taken as repeated"});
  CHECK(seen(dae_sampler("sp", "<wrap_s>CLAMP</wrap_s>"),
             "<extra><technique profile=\"MAYA\"><rotateUV>90</rotateUV></technique></extra>") ==
        Seen{Wrap::kClamp, Wrap::kRepeat, "a texture is turned (rotateUV): not read"});
}

TEST_CASE("names that an importer makes up are no parts", "[import]") {
  const TemporaryFolder folder;
  const Wedge wedge;
  std::string nameless = dae(wedge, "Y_UP", 1);
  for (const char* name : {" name=\"wedge\"", " name=\"wedge\""}) nameless.erase(nameless.find(name), 13);
  folder.write("a.dae", nameless);
  folder.write("named.dae", dae(wedge, "Y_UP", 1));
  folder.write("a.stl", binary_stl(wedge));
  CHECK(import_file(folder, "a.dae").part_names == std::vector<std::string>{"wedge"});  // the geometry's id
  CHECK(import_file(folder, "named.dae").part_names == std::vector<std::string>{"wedge"});
  CHECK(import_file(folder, "a.stl").part_names == std::vector<std::string>{"object"});
}

TEST_CASE("an OFF is read in the variants that Geomview describes, and as ModelNet writes it",
          "[import][off]") {
  const TemporaryFolder folder;
  const auto import_off = [&](const std::string& text) {
    folder.write("a.off", text);
    return import_file(folder, "a.off");
  };
  const std::string faces = "3 0 1 2\n4 0 1 3 2\n";
  const std::string plain = "0 0 0\n1 0 0\n0 1 0\n1 1 0\n" + faces;
  for (const std::string head :
       {"OFF\n4 2 0\n", "OFF4 2 0\n", "OFF 4 2 0\r\n", "# made\nOFF # so\n\n4 2 0\n", "4 2\n"}) {
    INFO(head);
    const Scene scene = import_off(head + plain);
    CHECK(scene.mesh.triangles.size() == 3);
    CHECK(bounds_of(scene.mesh).high == Vec3d{1, 1, 0});
    CHECK(scene.warnings.empty());
  }
  // Normal, colour, texture coordinate, in this order; 0.5 of sRGB is 0.2140 of light.
  const Scene whole = import_off(
      "STCNOFF\n3 1 0\n0 0 0 0 0 1 1.0 0.5 0.0 1.0 0.25 0.75\n1 0 0 0 0 1 1.0 0.5 0.0 1.0 0 0\n"
      "0 1 0 0 0 1 1.0 0.5 0.0 1.0 0 0\n3 0 1 2 255 0 0\n");
  CHECK(whole.mesh.normals[0].z == 1);
  CHECK_THAT(whole.mesh.colors[0][1], Catch::WithinAbs(0.2140, 1e-4));
  CHECK(whole.mesh.uvs[0][0].y == 0.25F);
  CHECK(whole.warnings == std::vector<std::string>{"colours of single faces are not read"});
  const Scene bytes = import_off("COFF\n3 1 0\n0 0 0 255 0 0\n1 0 0 255 0 0\n0 1 0 255 0 0\n3 0 1 2\n");
  CHECK(bytes.mesh.colors[0] == std::array<float, 4>{1, 0, 0, 1});

  const auto rejection = [&](const std::string& text) {
    try {
      import_off(text);
      return std::string();
    } catch (const ImportError& error) {
      return error.kind;
    }
  };
  CHECK(rejection("OFF\n4 2 0\n0 0 0\n") == "bad_off");
  CHECK(rejection("OFF\n4000000000 2 0\n0 0 0\n") == "bad_off");
  CHECK(rejection("OFF\n3 4000000000 0\n0 0 0\n") == "too_many_triangles");
  CHECK(rejection("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 x\n3 0 1 2\n") == "bad_off");
  CHECK(rejection("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1\n") == "bad_off");
  CHECK(rejection("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 7\n") == "bad_index");
  CHECK(rejection("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 nan\n3 0 1 2\n") == "non_finite_vertices");
  CHECK(rejection("OFF BINARY\n") == "unsupported_format");
  CHECK(rejection("4OFF\n1 0 0\n") == "unsupported_format");
  CHECK(rejection("<html>") == "bad_off");
}

TEST_CASE("the axis that is up is the file's where it has one, else the catalogue's", "[import]") {
  const TemporaryFolder folder;
  const Wedge wedge;
  folder.write("z.dae", dae(wedge, "Z_UP", 1));
  folder.write("z.fbx", ascii_fbx(wedge, 2));
  folder.write("z.obj", obj_text(wedge));
  const auto turned = triangles_of(wedge, y_up_from_z_up());
  CHECK(triangles_of(import_file(folder, "z.dae").mesh) == turned);
  CHECK(triangles_of(import_file(folder, "z.fbx").mesh) == turned);
  CHECK(triangles_of(import_file(folder, "z.obj", "z").mesh) == turned);
  CHECK(triangles_of(import_file(folder, "z.obj").mesh) == triangles_of(wedge));
}

TEST_CASE("units do not matter once an object is normalised", "[import]") {
  const TemporaryFolder folder;
  const Wedge wedge;
  folder.write("inch.dae", dae(wedge, "Y_UP", 0.0254));
  Scene scene = import_file(folder, "inch.dae");
  normalize(scene);
  const Transform expected = Transform::scale(1 / 3.0) * Transform::translate({-0.5, -1, -1.5});
  CHECK(triangles_of(scene.mesh) == triangles_of(wedge, expected));
}

TEST_CASE("an obj's texture, colour and coordinates arrive upright", "[import]") {
  const TemporaryFolder folder;
  Image8 picture(2, 2, 3);
  picture.pixels = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255};
  save_png(folder / "picture.png", picture);
  folder.write("a.mtl", "newmtl paper\nKd 0.1 0.2 0.3\nmap_Kd picture.png\n");
  folder.write("a.obj",
               "mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0.25\nvt 1 0.25\nvt 0 1\n"
               "usemtl paper\nf 1/1 2/2 3/3\n");
  const Scene scene = import_file(folder, "a.obj");
  REQUIRE(scene.textures.size() == 1);
  CHECK(scene.textures[0].image.pixels == picture.pixels);
  const Material& material = scene.materials[static_cast<std::size_t>(scene.mesh.triangle_material[0])];
  CHECK(material.base_color_texture.texture == 0);
  CHECK(material.base_color == std::array<double, 4>{1, 1, 1, 1});  // Kd counts only without a map
  for (std::size_t v = 0; v < 3; ++v) {                             // v of an obj grows upward, ours downward
    const bool top = scene.mesh.positions[v].y > 0.5;
    CHECK(scene.mesh.uvs[0][v].y == (top ? 0.0f : 0.75f));
  }
}

TEST_CASE("an obj's map_d becomes the base colour's alpha", "[import]") {
  const TemporaryFolder folder;
  Image8 colors(1, 1, 3), mask(2, 1, 1), veil(2, 1, 4);
  colors.pixels = {200, 100, 50};
  mask.pixels = {255, 64};
  veil.pixels = {9, 9, 9, 255, 9, 9, 9, 31};
  save_png(folder / "colors.png", colors);
  save_png(folder / "mask.png", mask);
  save_png(folder / "veil.png", veil);
  folder.write(
      "a.mtl",
      "newmtl leaf\nmap_Kd colors.png\nmap_d mask.png\nnewmtl lace\nKd 0.1 0.2 0.3\nmap_d veil.png\n");
  folder.write("a.obj",
               "mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nvt 0 0\nvt 1 0\nvt 0 1\n"
               "usemtl leaf\nf 1/1 2/2 3/3\nusemtl lace\nf 1/1 2/2 4/3\n");
  const Scene scene = import_file(folder, "a.obj");
  REQUIRE(scene.mesh.triangles.size() == 2);
  const auto material_of = [&](std::size_t triangle) -> const Material& {
    return scene.materials[static_cast<std::size_t>(scene.mesh.triangle_material[triangle])];
  };
  const auto texture_of = [&](const Material& material) {
    REQUIRE(material.base_color_texture.used());
    return scene.textures[static_cast<std::size_t>(material.base_color_texture.texture)].image;
  };
  const bool leaf_first = material_of(0).name == "leaf";
  const Material &leaf = material_of(leaf_first ? 0 : 1), &lace = material_of(leaf_first ? 1 : 0);
  CHECK(leaf.alpha_mode == AlphaMode::kBlend);
  CHECK(texture_of(leaf).pixels == std::vector<std::uint8_t>{200, 100, 50, 255, 200, 100, 50, 64});
  CHECK(texture_of(lace).pixels == std::vector<std::uint8_t>{255, 255, 255, 255, 255, 255, 255, 31});
  CHECK_THAT(lace.base_color[1], Catch::WithinAbs(0.2, 1e-6));  // Kd holds where only the opacity is mapped
}

TEST_CASE("an obj's picture of colours without alpha that map_d names too leaves the surface opaque",
          "[import]") {
  const TemporaryFolder folder;
  Image8 colors(1, 1, 3);
  colors.pixels = {200, 100, 50};
  save_png(folder / "colors.png", colors);
  folder.write("c.mtl", "newmtl m\nmap_Kd colors.png\nmap_d colors.png\n");
  folder.write("c.obj",
               "mtllib c.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nusemtl m\nf 1/1 2/2 3/3\n");
  const Scene scene = import_file(folder, "c.obj");
  const Material& material = scene.materials[static_cast<std::size_t>(scene.mesh.triangle_material[0])];
  CHECK(material.alpha_mode == AlphaMode::kOpaque);
  CHECK(scene.textures[static_cast<std::size_t>(material.base_color_texture.texture)].image.channels == 3);
}

TEST_CASE("an obj's bump map may hold heights, which become normals, or normals", "[import]") {
  const TemporaryFolder folder;
  constexpr int kWidth = 50;  // white stands 2 % of it, one texel, above black
  Image8 ramp(kWidth, 4, 1), normals(2, 2, 3);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < kWidth; ++x) *ramp.at(x, y) = static_cast<std::uint8_t>(5 * x);
  for (std::size_t i = 0; i < normals.pixels.size(); ++i) normals.pixels[i] = i % 3 == 2 ? 255 : 128;
  save_png(folder / "ramp.png", ramp);
  save_png(folder / "normals.png", normals);
  const auto normal_map = [&](const std::string& statement) {
    folder.write("b.mtl", "newmtl m\n" + statement + "\n");
    folder.write(
        "b.obj",
        "mtllib b.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nusemtl m\nf 1/1 2/2 3/3\n");
    const Scene scene = import_file(folder, "b.obj");
    const Material& material = scene.materials[static_cast<std::size_t>(scene.mesh.triangle_material[0])];
    REQUIRE(material.normal_texture.used());
    return scene.textures[static_cast<std::size_t>(material.normal_texture.texture)].image;
  };
  CHECK(normal_map("map_Bump normals.png").pixels == normals.pixels);
  for (const double strength : {1.0, 10.0}) {
    const Image8 map = normal_map(fmt::format("map_Bump -bm {} ramp.png", strength));
    const double slope = strength * 5 / 255.0, length = std::sqrt(slope * slope + 1);
    CHECK_THAT(map.at(20, 2)[0] / 127.5 - 1, Catch::WithinAbs(-slope / length, 0.005));
    CHECK_THAT(map.at(20, 2)[1] / 127.5 - 1, Catch::WithinAbs(0, 0.005));
    CHECK_THAT(map.at(20, 2)[2] / 127.5 - 1, Catch::WithinAbs(1 / length, 0.005));
  }
}

TEST_CASE("concave polygons are cut into triangles that cover them and nothing else", "[import]") {
  const TemporaryFolder folder;
  // A U of 3 × 3 with a notch of 1 × 2: area 7.
  folder.write("u.obj",
               "v 0 0 0\nv 3 0 0\nv 3 3 0\nv 2 3 0\nv 2 1 0\nv 1 1 0\nv 1 3 0\nv 0 3 0\nf 1 2 3 4 5 6 7 8\n");
  const Scene scene = import_file(folder, "u.obj");
  CHECK(scene.mesh.triangles.size() == 6);
  double area = 0;
  for (std::size_t t = 0; t < scene.mesh.triangles.size(); ++t) {
    CHECK(scene.mesh.area_vector(t).z > 0);
    area += scene.mesh.area_vector(t).z / 2;
  }
  CHECK_THAT(area, Catch::WithinAbs(7, 1e-12));
}

TEST_CASE("faces without normals are smoothed where they bend little and creased where they bend much",
          "[import]") {
  const TemporaryFolder folder;
  std::string text;
  constexpr int kSides = 48;  // a prism: its sides bend by 7.5°, its lid by 90°
  for (int i = 0; i < kSides; ++i)
    for (const int y : {0, 1}) {
      const double angle = 2 * 3.14159265358979 * i / kSides;
      text += fmt::format("v {} {} {}\n", std::cos(angle), y, -std::sin(angle));
    }
  std::string lid = "f";
  for (int i = 0; i < kSides; ++i) {
    const int a = 2 * i + 1, b = 2 * ((i + 1) % kSides) + 1;
    text += fmt::format("f {} {} {} {}\n", a, b, b + 1, a + 1);
    lid += fmt::format(" {}", a + 1);
  }
  folder.write("prism.obj", text + lid + "\n");
  const Scene scene = import_file(folder, "prism.obj");
  for (std::size_t v = 0; v < scene.mesh.positions.size(); ++v) {
    const Vec3f n = scene.mesh.normals[v];
    const Vec3d p = scene.mesh.positions[v];
    const double radial = static_cast<double>(n.x) * p.x + static_cast<double>(n.z) * p.z;
    const bool on_lid = n.y > 0.5F;
    CHECK_THAT(radial, Catch::WithinAbs(on_lid ? 0 : 1, 2e-3));
  }
}

TEST_CASE("colours of vertices are linear inside: an obj's and a ply's are taken as sRGB", "[import]") {
  const TemporaryFolder folder;
  folder.write("c.obj", "v 0 0 0 0.5 1 0\nv 1 0 0 0.5 1 0\nv 0 1 0 0.5 1 0\nf 1 2 3\n");
  const Scene scene = import_file(folder, "c.obj");
  REQUIRE(scene.mesh.colors.size() == 3);
  CHECK_THAT(scene.mesh.colors[0][0], Catch::WithinAbs(0.21404, 1e-4));  // IEC 61966-2-1
  CHECK(scene.mesh.colors[0][1] == 1.0f);
  CHECK(scene.mesh.colors[0][2] == 0.0f);
}

TEST_CASE("a folder of part files is one object whose parts bear the files' names", "[import]") {
  const TemporaryFolder folder;
  Wedge wedge;
  folder.write("pan_parts/pan_body.obj", obj_text(wedge));
  for (float& x : wedge.positions) x += 10;
  folder.write("pan_parts/pan_handle.obj", obj_text(wedge));
  const Scene scene = import_asset({folder.path(), "pan_parts", {}, "y"});
  CHECK(scene.part_names == std::vector<std::string>{"body", "handle"});
  REQUIRE(scene.mesh.triangles.size() == 8);
  for (std::size_t t = 0; t < 8; ++t) {
    const bool is_handle = scene.mesh.positions[scene.mesh.triangles[t][0]].x >= 10;
    CHECK(scene.mesh.triangle_part[t] == (is_handle ? 1 : 0));
  }
}

}  // namespace funcorr
