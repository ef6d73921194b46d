#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/render/import/gltf_builder.h"
#include "tests/render/import/wedge.h"

// The wedge in every format that is imported.
namespace funcorr::tests::wedge_files {

inline std::string obj_text(const Wedge& wedge) {
  std::string text = "# a wedge\r\no wedge\r\n";
  for (std::size_t v = 0; v < wedge.positions.size(); v += 3)
    text += fmt::format("v {} {} {}\r\n", wedge.positions[v], wedge.positions[v + 1], wedge.positions[v + 2]);
  for (std::size_t i = 0; i < wedge.indices.size(); i += 3)
    text += fmt::format("f {} {} {}\r\n", wedge.indices[i] + 1, wedge.indices[i + 1] + 1,
                        wedge.indices[i + 2] + 1);
  return text;
}

inline std::string ascii_stl(const Wedge& wedge) {
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
inline std::string binary_stl(const Wedge& wedge) {
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

inline std::string ply(const Wedge& wedge, bool binary) {
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

inline std::string off(const Wedge& wedge) {
  std::string text = "OFF\n4 4 0\n";
  for (std::size_t i = 0; i < wedge.positions.size(); ++i)
    text += std::to_string(wedge.positions[i]) + (i % 3 == 2 ? "\n" : " ");
  for (std::size_t i = 0; i < wedge.indices.size(); ++i)
    text += (i % 3 == 0 ? "3 " : "") + std::to_string(wedge.indices[i]) + (i % 3 == 2 ? "\n" : " ");
  return text;
}

inline std::string joined(const std::vector<float>& values) {
  std::string text;
  for (const float value : values) text += fmt::format("{} ", value);
  return text;
}

inline std::string dae(const Wedge& wedge, const std::string& up_axis, double metre) {
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
inline std::string ascii_fbx(const Wedge& wedge, int up_axis) {
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

inline GltfBuilder gltf_of(const Wedge& wedge) {
  GltfBuilder builder;
  const int positions = builder.accessor(wedge.positions, "VEC3");
  const int indices = builder.accessor(wedge.indices, "SCALAR");
  builder.node({{"mesh", builder.mesh({{"POSITION", positions}}, indices)}, {"name", "wedge"}});
  return builder;
}

}  // namespace funcorr::tests::wedge_files
