// Hostile and odd files as they circulate: each ends as a correct object or as a rejection with its true
// reason.
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "render/import/import.h"
#include "tests/catch.h"
#include "tests/golden.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

struct Expected {
  std::string kind;              // of the ImportError; empty: imported
  std::int64_t triangles = 0;    // in the file, as its description or another reader counts them
  std::int64_t degenerate = 0;   // of those, dropped
  std::size_t textures = 0;      // decoded
  std::array<double, 3> extent;  // bounding-box sides; {0, 0, 0}: not looked at
};

Expected rejected(const std::string& kind) { return {kind, 0, 0, 0, {}}; }
Expected accepted(std::int64_t triangles, std::size_t textures, std::array<double, 3> extent = {},
                  std::int64_t degenerate = 0) {
  return {"", triangles, degenerate, textures, extent};
}

// Extents are those the files' own documentation, accessors' min/max or text give.
const std::map<std::string, Expected>& expectations() {
  static const std::map<std::string, Expected> table{
      {"dae_teapots_units/teapots.DAE", accepted(2976, 0)},  // names ..\LWO\LWO2\…\earthSpherical.jpg
      {"dae_two_uvs/cube_with_2UVs.DAE", accepted(12, 0)},
      {"fbx_float_range/cubes_with_outofrange_float.fbx", accepted(420, 0)},
      {"glb_empty_nodes/empty_nodes.glb", rejected("no_triangles")},
      {"glb_nested/nested.glb", accepted(36, 0)},
      {"gltf_bad_normals/BoxBadNormals.glb", accepted(12, 0, {1, 1, 1})},
      {"gltf_empty_scene/NoScene.gltf", rejected("empty_scene")},
      {"gltf_empty_scene/SceneWithoutNodes.gltf", rejected("empty_scene")},
      {"gltf_infinite_vertices/BoxWithInfinites.glb", rejected("non_finite_vertices")},
      {"gltf_missing_bin/BoxTextured.gltf", rejected("missing_buffer")},
      {"gltf_recursive_nodes/RecursiveNodes.gltf", rejected("cyclic_nodes")},
      {"gltf_schema_failures/sceneWrongType.gltf", rejected("bad_gltf")},
      {"gltf_specgloss/BoxTextured.gltf", accepted(12, 1, {1, 1, 1})},
      {"gltf_wrong_types/badArray.gltf", rejected("bad_gltf")},
      {"gltf_wrong_types/badExtension.gltf", rejected("bad_gltf")},
      {"gltf_wrong_types/badNumber.gltf", rejected("bad_gltf")},
      {"gltf_wrong_types/badObject.gltf", rejected("bad_gltf")},
      {"gltf_wrong_types/badString.gltf", rejected("bad_gltf")},
      {"gltf_wrong_types/badUint.gltf", rejected("bad_gltf")},
      {"invalid_empty_obj/empty.obj", rejected("no_triangles")},
      {"invalid_empty_ply/empty.ply", rejected("no_triangles")},
      {"invalid_index_range_obj/malformed.obj", rejected("bad_index")},
      {"invalid_material_obj/malformed2.obj", accepted(10, 0, {1, 1, 1})},
      {"khr_AlphaBlendModeTest/AlphaBlendModeTest.glb", accepted(61, 4)},
      {"khr_AnimatedMorphCube_Quantized/AnimatedMorphCube.gltf",
       accepted(12, 0, {2.00002, 2.00002, 2.00002})},
      {"khr_Box_With_Spaces/Box With Spaces.gltf", accepted(12, 3, {2, 2, 2})},
      {"khr_EmissiveStrengthTest/EmissiveStrengthTest.glb", accepted(90, 1)},
      {"khr_Fox/Fox.glb", accepted(576, 1)},
      {"khr_MeshPrimitiveModes/MeshPrimitiveModes.gltf", accepted(16, 0)},
      {"khr_MorphPrimitivesTest/MorphPrimitivesTest.glb", accepted(32, 1)},
      {"khr_MultiUVTest/MultiUVTest.glb", accepted(12, 2, {2, 2, 2})},
      {"khr_MultipleScenes/MultipleScenes.gltf", accepted(2, 0, {1, 1, 0})},  // scene 0: the square
      {"khr_NegativeScaleTest/NegativeScaleTest.glb", accepted(7724, 2)},
      {"khr_OrientationTest/OrientationTest.glb", accepted(524, 0)},
      {"khr_RecursiveSkeletons/RecursiveSkeletons.glb", accepted(6384, 0)},
      {"khr_SimpleSparseAccessor/SimpleSparseAccessor.gltf", accepted(12, 0, {6, 4, 0})},
      {"khr_TextureSettingsTest/TextureSettingsTest.glb", accepted(72, 3)},
      {"khr_TextureTransformMultiTest/TextureTransformMultiTest.glb", accepted(3956, 4)},
      {"khr_TriangleWithoutIndices/TriangleWithoutIndices.gltf", accepted(1, 0, {1, 1, 0})},
      {"khr_UnicodeTest/Unicode❤♻Test.gltf", accepted(2, 1, {1, 1, 0})},
      {"khr_UnlitTest/UnlitTest.glb", accepted(88, 0)},
      {"obj_concave_ngon/concave_polygon.obj", accepted(64, 0)},
      {"obj_negative_indices/negative_indices.obj", accepted(12, 0, {2, 2, 2})},
      {"obj_utf16/box_UTF16BE.obj", accepted(12, 0, {1, 1, 1})},
      {"stl_millimetres_large/counter.unitsmm.STL", accepted(83750, 0)},
      {"stl_open_hole/sphereWithHole.stl", accepted(285, 0, {3, 3, 3})},
      {"syn_huge_offset/huge_offset.obj", accepted(4, 0, {1, 1, 1})},
      {"syn_nonmanifold_fan/fan.obj", accepted(5, 0)},
      {"syn_single_point_mesh/collapsed.obj", rejected("zero_extent")},
      {"syn_zero_area/zero_area.obj", accepted(5, 0, {}, 3)},
  };
  return table;
}

// What every imported object holds to, whatever the file said.
void check_sound(const Scene& scene) {
  const Mesh& mesh = scene.mesh;
  REQUIRE(!mesh.triangles.empty());
  REQUIRE(mesh.normals.size() == mesh.positions.size());
  CHECK(mesh.triangle_material.size() == mesh.triangles.size());
  CHECK(mesh.triangle_part.size() == mesh.triangles.size());
  CHECK(mesh.triangle_source.size() == mesh.triangles.size());
  bool in_range = true, finite = true, unit = true, has_area = true;
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
    for (const std::uint32_t v : mesh.triangles[t]) in_range = in_range && v < mesh.positions.size();
    const std::int32_t material = mesh.triangle_material[t];
    in_range = in_range && material >= 0 && static_cast<std::size_t>(material) < scene.materials.size();
    in_range = in_range && mesh.triangle_part[t] < static_cast<std::int16_t>(scene.part_names.size());
    has_area = has_area && length(mesh.area_vector(t)) > 0;
  }
  for (const Vec3d& p : mesh.positions) finite = finite && std::isfinite(p.x + p.y + p.z);
  for (const Vec3f& n : mesh.normals) unit = unit && std::abs(length(n) - 1.0F) < 1e-4F;
  CHECK(in_range);
  CHECK(finite);
  CHECK(unit);
  CHECK(has_area);
}

std::set<std::string> mesh_files(const fs::path& folder) {
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && is_mesh_extension(entry.path().extension().string()))
      files.insert(fs::relative(entry.path(), folder).string());
  return files;
}

std::string outcome_of(const AssetSource& source) {
  try {
    import_asset(source);
    return "";
  } catch (const ImportError& error) {
    UNSCOPED_INFO(error.what());
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return error.kind;
  }
}

AssetSource source_of(const fs::path& file) {
  return {file.parent_path(), file.filename().string(), {}, "y"};
}

}  // namespace

TEST_CASE("every tricky file is imported as what it is or rejected for its true reason", "[import]") {
  FUNCORR_OBJECTS_OR_SKIP(objects);
  const fs::path folder = objects / "tricky";
  for (const std::string& file : mesh_files(folder)) {
    INFO(file);
    const auto known = expectations().find(file);
    REQUIRE(known != expectations().end());
    const Expected& expected = known->second;
    REQUIRE(outcome_of(source_of(folder / file)) == expected.kind);
    if (!expected.kind.empty()) continue;
    const Scene scene = import_asset(source_of(folder / file));
    check_sound(scene);
    CHECK(scene.statistics.source_triangles == expected.triangles);
    CHECK(scene.statistics.degenerate_triangles == expected.degenerate);
    CHECK(scene.textures.size() == expected.textures);
    const Vec3d extent = bounds_of(scene.mesh).extent();
    if (expected.extent != std::array<double, 3>{})
      for (int axis = 0; axis < 3; ++axis)
        CHECK_THAT(extent[axis], Catch::WithinAbs(expected.extent[static_cast<std::size_t>(axis)], 1e-5));
  }
}

TEST_CASE("every real object is imported with all its parts, textures and triangles", "[import]") {
  FUNCORR_OBJECTS_OR_SKIP(objects);
  std::ifstream table(objects / "objects.tsv");
  std::string line;
  std::getline(table, line);
  int seen = 0;
  while (std::getline(table, line)) {
    std::vector<std::string> field;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, '\t');) field.push_back(cell);
    INFO(field.at(2));
    const Scene scene = import_asset(source_of(objects / field.at(2)));
    check_sound(scene);
    CHECK(scene.statistics.source_triangles == std::stoll(field.at(5)));
    const bool is_textured = field.at(6) == "colour texture" || field.at(6) == "PBR maps";
    CHECK((!scene.textures.empty()) == is_textured);
    ++seen;
  }
  CHECK(seen == 86);
}

TEST_CASE("a node that mirrors keeps faces counter-clockwise seen from outside", "[import]") {
  FUNCORR_OBJECTS_OR_SKIP(objects);
  const fs::path file = objects / "tricky/khr_NegativeScaleTest/NegativeScaleTest.glb";
  const Scene scene = import_asset(source_of(file));
  std::size_t against = 0;
  for (std::size_t t = 0; t < scene.mesh.triangles.size(); ++t) {
    const Vec3d face = scene.mesh.area_vector(t);
    const Vec3f n = scene.mesh.normals[scene.mesh.triangles[t][0]];
    if (face.x * static_cast<double>(n.x) + face.y * static_cast<double>(n.y) +
            face.z * static_cast<double>(n.z) <
        0)
      ++against;
  }
  CHECK(against == 0);
}

}  // namespace funcorr
