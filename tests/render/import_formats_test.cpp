// One small object, written by the test in every format, comes back with the same faces.
#include <cstring>
#include <string>

#include <fmt/format.h>

#include "render/camera.h"
#include "render/format/image.h"
#include "render/import/import.h"
#include "tests/catch.h"
#include "tests/render/gltf_builder.h"
#include "tests/render/temporary_folder.h"
#include "tests/render/wedge.h"

namespace funcorr {
namespace {

using tests::GltfBuilder;
using tests::TemporaryFolder;
using tests::triangles_of;
using tests::Wedge;

Scene import_file(const TemporaryFolder& folder, const std::string& name, const std::string& up = "y") {
  return import_asset({folder.path(), name, {}, up});
}

std::string obj_text(const Wedge& wedge) {
  std::string text = "# a wedge\r\no wedge\r\n";
  for (std::size_t v = 0; v < wedge.positions.size(); v += 3)
    text += fmt::format("v {} {} {}\r\n", wedge.positions[v], wedge.positions[v + 1], wedge.positions[v + 2]);
  for (std::size_t i = 0; i < wedge.indices.size(); i += 3)
    text += fmt::format("f {} {} {}\r\n", wedge.indices[i] + 1, wedge.indices[i + 1] + 1,
                        wedge.indices[i + 2] + 1);
  return text;
}

std::string ascii_stl(const Wedge& wedge) {
  std::string text = "solid wedge\n";
  for (std::size_t i = 0; i < wedge.indices.size(); i += 3) {
    text += "facet normal 0 0 0\nouter loop\n";
    for (std::size_t k = 0; k < 3; ++k) {
      const Vec3d p = wedge.corner(i + k);
      text += fmt::format("vertex {} {} {}\n", p.x, p.y, p.z);
    }
    text += "endloop\nendfacet\n";
  }
  return text + "endsolid wedge\n";
}

template <typename T>
void append(std::string& bytes, T value) {
  const std::size_t at = bytes.size();
  bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

// Its header begins with "solid", as that of many binary files does.
std::string binary_stl(const Wedge& wedge) {
  std::string bytes = "solid but binary";
  bytes.resize(80, ' ');
  append(bytes, static_cast<std::uint32_t>(wedge.indices.size() / 3));
  for (std::size_t i = 0; i < wedge.indices.size(); i += 3) {
    for (int n = 0; n < 3; ++n) append(bytes, 0.0f);
    for (std::size_t k = 0; k < 3; ++k)
      for (std::size_t axis = 0; axis < 3; ++axis)
        append(bytes, wedge.positions[std::size_t{3} * wedge.indices[i + k] + axis]);
    append(bytes, std::uint16_t{0});
  }
  return bytes;
}

std::string ply(const Wedge& wedge, bool binary) {
  std::string text = fmt::format(
      "ply\nformat {} 1.0\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\n"
      "element face 4\nproperty list uchar int vertex_indices\nend_header\n",
      binary ? "binary_little_endian" : "ascii");
  for (std::size_t v = 0; v < wedge.positions.size(); ++v)
    if (binary)
      append(text, wedge.positions[v]);
    else
      text += fmt::format("{}{}", wedge.positions[v], v % 3 == 2 ? "\n" : " ");
  for (std::size_t i = 0; i < wedge.indices.size(); ++i) {
    if (binary) {
      if (i % 3 == 0) append(text, std::uint8_t{3});
      append(text, std::int32_t{wedge.indices[i]});
    } else {
      text += fmt::format("{}{}{}", i % 3 == 0 ? "3 " : "", wedge.indices[i], i % 3 == 2 ? "\n" : " ");
    }
  }
  return text;
}

std::string joined(const std::vector<float>& values) {
  std::string text;
  for (const float value : values) text += fmt::format("{} ", value);
  return text;
}

std::string dae(const Wedge& wedge, const std::string& up_axis, double metre) {
  std::string indices;
  for (const std::uint16_t index : wedge.indices) indices += fmt::format("{} ", index);
  return fmt::format(
      R"(<?xml version="1.0"?><COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset><unit name="unit" meter="{}"/><up_axis>{}</up_axis></asset>
<library_geometries><geometry id="wedge" name="wedge"><mesh>
<source id="p"><float_array id="pa" count="12">{}</float_array><technique_common>
<accessor source="#pa" count="4" stride="3"><param name="X" type="float"/><param name="Y" type="float"/>
<param name="Z" type="float"/></accessor></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
<triangles count="4"><input semantic="VERTEX" source="#v" offset="0"/><p>{}</p></triangles></mesh></geometry>
</library_geometries><library_visual_scenes><visual_scene id="s"><node id="n" name="wedge">
<instance_geometry url="#wedge"/></node></visual_scene></library_visual_scenes>
<scene><instance_visual_scene url="#s"/></scene></COLLADA>)",
      metre, up_axis, joined(wedge.positions), indices);
}

// up_axis: 1 is y, 2 is z.
std::string ascii_fbx(const Wedge& wedge, int up_axis) {
  std::string vertices, polygons;
  for (std::size_t i = 0; i < wedge.positions.size(); ++i)
    vertices += fmt::format("{}{}", i ? "," : "", wedge.positions[i]);
  for (std::size_t i = 0; i < wedge.indices.size(); ++i)  // the last corner of a polygon is ~index
    polygons +=
        fmt::format("{}{}", i ? "," : "", i % 3 == 2 ? ~int{wedge.indices[i]} : int{wedge.indices[i]});
  return fmt::format(
      R"(; FBX 7.4.0 project file
FBXHeaderExtension:  {{
	FBXHeaderVersion: 1003
	FBXVersion: 7400
}}
GlobalSettings:  {{
	Version: 1000
	Properties70:  {{
		P: "UpAxis", "int", "Integer", "",{}
		P: "UpAxisSign", "int", "Integer", "",1
		P: "FrontAxis", "int", "Integer", "",{}
		P: "FrontAxisSign", "int", "Integer", "",{}
		P: "CoordAxis", "int", "Integer", "",0
		P: "CoordAxisSign", "int", "Integer", "",1
		P: "UnitScaleFactor", "double", "Number", "",1
	}}
}}
Objects:  {{
	Geometry: 100, "Geometry::wedge", "Mesh" {{
		Vertices: *{} {{
			a: {}
		}}
		PolygonVertexIndex: *{} {{
			a: {}
		}}
		GeometryVersion: 124
	}}
	Model: 200, "Model::wedge", "Mesh" {{
		Version: 232
	}}
}}
Connections:  {{
	C: "OO",100,200
	C: "OO",200,0
}}
)",
      up_axis, up_axis == 2 ? 1 : 2, up_axis == 2 ? -1 : 1, wedge.positions.size(), vertices,
      wedge.indices.size(), polygons);
}

GltfBuilder gltf_of(const Wedge& wedge) {
  GltfBuilder builder;
  const int positions = builder.accessor(wedge.positions, "VEC3");
  const int indices = builder.accessor(wedge.indices, "SCALAR");
  builder.node({{"mesh", builder.mesh({{"POSITION", positions}}, indices)}, {"name", "wedge"}});
  return builder;
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
