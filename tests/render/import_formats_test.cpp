// One small object, written by the test in every format, comes back with the same faces.
#include <string>

#include <fmt/format.h>

#include "render/camera.h"
#include "render/format/image.h"
#include "render/import/import.h"
#include "tests/catch.h"
#include "tests/render/gltf_builder.h"
#include "tests/render/wedge.h"
#include "tests/render/wedge_files.h"
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
  folder.write("wedge.dae", dae(wedge, "Y_UP", 1));
  folder.write("wedge.fbx", ascii_fbx(wedge, 1));
  folder.write("wedge.glb", gltf.glb());
  folder.write("separate.gltf", gltf.gltf("a%20buffer.bin"));
  folder.write("a buffer.bin", gltf.buffer());
  folder.write("embedded.gltf",
               gltf.gltf("data:application/octet-stream;base64," + tests::base64(gltf.buffer())));
  for (const char* file : {"wedge.obj", "ascii.stl", "binary.STL", "ascii.ply", "binary.ply", "wedge.dae",
                           "wedge.fbx", "wedge.glb", "separate.gltf", "embedded.gltf"}) {
    INFO(file);
    const Scene scene = import_file(folder, file);
    CHECK(triangles_of(scene.mesh) == triangles_of(wedge));
    CHECK(scene.warnings.empty());
    CHECK(scene.statistics.source_triangles == 4);
    CHECK(scene.statistics.degenerate_triangles == 0);
  }
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
