// glTF features and faults, one by one, in files that the tests write.
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "render/import/import.h"
#include "tests/catch.h"
#include "tests/render/import/gltf_builder.h"
#include "tests/render/import/wedge.h"

namespace funcorr {
namespace {

using nlohmann::json;
using tests::GltfBuilder;
using tests::import_gltf;
using tests::rejection_of;
using tests::triangles_of;
using tests::Wedge;

// The wedge's mesh in a file without nodes yet.
struct WedgeFile : GltfBuilder {
  Wedge wedge;
  int positions = accessor(wedge.positions, "VEC3"), indices = accessor(wedge.indices, "SCALAR");
  int wedge_mesh = mesh({{"POSITION", positions}}, indices);
};

}  // namespace

TEST_CASE("transforms of nested nodes are baked, and a mirroring one keeps the outside outside",
          "[import][gltf]") {
  WedgeFile file;
  const double s = std::sqrt(0.5);
  const int inner = file.node({{"mesh", 0}, {"scale", {-1, 2, 3}}}, false);
  file.node({{"children", {inner}}, {"translation", {5, 0, 0}}, {"rotation", {0, s, 0, s}}});  // 90° about y
  const Transform expected = Transform::translate({5, 0, 0}) * Transform::rotate_y(std::numbers::pi / 2) *
                             Transform::from_matrix({-1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1});
  CHECK(triangles_of(import_gltf(file.glb()).mesh) == triangles_of(file.wedge, expected));
}

TEST_CASE("a node's matrix is read column by column", "[import][gltf]") {
  WedgeFile file;
  file.node({{"mesh", 0}, {"matrix", {0, 0, -1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 7, 8, 9, 1}}});
  const Transform expected = Transform::from_matrix({0, 0, 1, 7, 0, 1, 0, 8, -1, 0, 0, 9, 0, 0, 0, 1});
  CHECK(triangles_of(import_gltf(file.glb()).mesh) == triangles_of(file.wedge, expected));
}

TEST_CASE("tiny and huge scales leave the same object once it is normalised", "[import][gltf]") {
  const Transform expected = Transform::scale(1 / 3.0) * Transform::translate({-0.5, -1, -1.5});
  for (const double scale : {1e-25, 1e-6, 1.0, 1e8, 1e25}) {
    INFO(scale);
    WedgeFile file;
    file.node({{"mesh", 0}, {"scale", {scale, scale, scale}}});
    Scene scene = import_gltf(file.glb());
    normalize(scene);
    CHECK(triangles_of(scene.mesh) == triangles_of(file.wedge, expected));
  }
}

TEST_CASE("quantised positions mean what the node's scale says", "[import][gltf]") {
  const Wedge wedge;
  GltfBuilder file;
  std::vector<std::int16_t> plain;
  std::vector<std::uint16_t> normalised;
  for (const float x : wedge.positions) {
    plain.push_back(static_cast<std::int16_t>(x * 1000));
    normalised.push_back(static_cast<std::uint16_t>(x * 65535 / 3));
  }
  const int indices = file.accessor(wedge.indices, "SCALAR");
  const int first = file.mesh({{"POSITION", file.accessor(plain, "VEC3")}}, indices);
  const int second = file.mesh({{"POSITION", file.accessor(normalised, "VEC3", true)}}, indices);
  file.document["extensionsRequired"] = {"KHR_mesh_quantization"};
  file.node({{"mesh", first}, {"scale", {1e-3, 1e-3, 1e-3}}});
  CHECK(triangles_of(import_gltf(file.glb()).mesh) == triangles_of(wedge));
  file.document["scenes"][0]["nodes"] = json::array();
  file.node({{"mesh", second}, {"scale", {3, 3, 3}}});
  CHECK(triangles_of(import_gltf(file.glb()).mesh) == triangles_of(wedge));
}

TEST_CASE("instances of EXT_mesh_gpu_instancing are all there", "[import][gltf]") {
  WedgeFile file;
  const int translation = file.accessor(std::vector<float>{0, 0, 0, 10, 0, 0, 0, 20, 0}, "VEC3");
  const int scale = file.accessor(std::vector<float>{1, 1, 1, 1, 1, 1, 2, 2, 2}, "VEC3");
  file.document["extensionsRequired"] = {"EXT_mesh_gpu_instancing"};
  file.node(
      {{"mesh", 0},
       {"extensions",
        {{"EXT_mesh_gpu_instancing", {{"attributes", {{"TRANSLATION", translation}, {"SCALE", scale}}}}}}}});
  auto expected = triangles_of(file.wedge);
  for (const Transform& instance :
       {Transform::translate({10, 0, 0}), Transform::translate({0, 20, 0}) * Transform::scale(2)})
    for (const auto& triangle : triangles_of(file.wedge, instance)) expected.push_back(triangle);
  CHECK(triangles_of(import_gltf(file.glb()).mesh) == tests::sorted(expected));
}

TEST_CASE("sparse accessors replace single elements", "[import][gltf]") {
  WedgeFile file;
  file.node({{"mesh", 0}});
  const int where = file.view(std::vector<std::uint16_t>{1}), what = file.view(std::vector<float>{4, 0, 0});
  file.document["accessors"][0]["sparse"] = {{"count", 1},
                                             {"indices", {{"bufferView", where}, {"componentType", 5123}}},
                                             {"values", {{"bufferView", what}}}};
  Wedge expected;
  expected.positions[3] = 4;
  CHECK(triangles_of(import_gltf(file.glb()).mesh) == triangles_of(expected));
  file.document["accessors"][0]["sparse"]["count"] = 1'000'000'000;
  CHECK(rejection_of(file.glb()).first == "bad_gltf");
}

TEST_CASE("indices below 0 and indices that are no numbers are refused, not followed", "[import][gltf]") {
  const auto rejection_with = [](const auto& index) {  // of a vertex to replace, and of a corner
    WedgeFile sparse;
    sparse.node({{"mesh", 0}});
    sparse.accessor(index, "SCALAR");
    const nlohmann::json told = sparse.document["accessors"].back();
    const int what = sparse.view(std::vector<float>{4, 0, 0});
    sparse.document["accessors"][0]["sparse"] = {
        {"count", 1},
        {"indices", {{"bufferView", told["bufferView"]}, {"componentType", told["componentType"]}}},
        {"values", {{"bufferView", what}}}};
    WedgeFile corners;
    corners.node({{"mesh", 0}});
    const auto three = std::vector(3, index.at(0));
    corners.document["meshes"][0]["primitives"][0]["indices"] = corners.accessor(three, "SCALAR");
    return std::pair{rejection_of(sparse.glb()).first, rejection_of(corners.glb()).first};
  };
  const std::pair<std::string, std::string> refused{"bad_index", "bad_index"};
  CHECK(rejection_with(std::vector<std::int8_t>{-1}) == refused);
  CHECK(rejection_with(std::vector<float>{-1e30F}) == refused);
  CHECK(rejection_with(std::vector<float>{std::numeric_limits<float>::quiet_NaN()}) == refused);
}

TEST_CASE("morph targets stand at their default weights", "[import][gltf]") {
  WedgeFile file;
  const int shift = file.accessor(std::vector<float>{2, 0, 0, 2, 0, 0, 2, 0, 0, 2, 0, 0}, "VEC3");
  file.document["meshes"][0]["primitives"][0]["targets"] = {{{"POSITION", shift}}};
  file.document["meshes"][0]["weights"] = {0.25};
  file.node({{"mesh", 0}});
  CHECK(triangles_of(import_gltf(file.glb()).mesh) ==
        triangles_of(file.wedge, Transform::translate({0.5, 0, 0})));
  file.document["nodes"][0]["weights"] = {1.0};  // the node's weights win
  CHECK(triangles_of(import_gltf(file.glb()).mesh) ==
        triangles_of(file.wedge, Transform::translate({2, 0, 0})));
}

TEST_CASE("a skinned mesh stands where its joints hold it, whatever its own node's transform",
          "[import][gltf]") {
  WedgeFile file;
  const int joints = file.accessor(std::vector<std::uint8_t>(16, 0), "VEC4");
  const int weights =
      file.accessor(std::vector<float>{1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}, "VEC4");
  const int inverse_bind =
      file.accessor(std::vector<float>{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, -1, 0, 0, 1}, "MAT4");
  auto& attributes = file.document["meshes"][0]["primitives"][0]["attributes"];
  attributes["JOINTS_0"] = joints;
  attributes["WEIGHTS_0"] = weights;
  const int joint = file.node({{"translation", {0, 5, 0}}});
  file.document["skins"] = {{{"joints", {joint}}, {"inverseBindMatrices", inverse_bind}}};
  file.node({{"mesh", 0}, {"skin", 0}, {"translation", {100, 100, 100}}});
  CHECK(triangles_of(import_gltf(file.glb()).mesh) ==
        triangles_of(file.wedge, Transform::translate({-1, 5, 0})));
}

TEST_CASE("strips and fans become triangles, points and lines are counted and left out", "[import][gltf]") {
  GltfBuilder file;
  const std::vector<float> square{0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0};
  const int positions = file.accessor(square, "VEC3");
  const int fan_order = file.accessor(std::vector<std::uint16_t>{0, 1, 3, 2}, "SCALAR");
  const tests::Triangles strip =
      tests::sorted({{{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}}}, {{{0, 1, 0}, {1, 0, 0}, {1, 1, 0}}}});
  const tests::Triangles fan =
      tests::sorted({{{{0, 0, 0}, {1, 0, 0}, {1, 1, 0}}}, {{{0, 0, 0}, {1, 1, 0}, {0, 1, 0}}}});
  file.node({{"mesh", file.mesh({{"POSITION", positions}}, -1, 5)}});
  CHECK(triangles_of(import_gltf(file.glb()).mesh) == strip);
  file.document["nodes"][0]["mesh"] = file.mesh({{"POSITION", positions}}, fan_order, 6);
  CHECK(triangles_of(import_gltf(file.glb()).mesh) == fan);
  file.node({{"mesh", file.mesh({{"POSITION", positions}}, -1, 0)}});
  file.node({{"mesh", file.mesh({{"POSITION", positions}}, -1, 1)}});
  const Scene scene = import_gltf(file.glb());
  CHECK(triangles_of(scene.mesh) == fan);
  CHECK(scene.statistics.non_triangles == 8);
}

TEST_CASE("triangles without area and vertices without a triangle are dropped and counted",
          "[import][gltf]") {
  WedgeFile file;
  const float infinite = std::numeric_limits<float>::infinity();
  std::vector<float> positions = file.wedge.positions;
  positions.insert(positions.end(), {infinite, 0, 0});  // no triangle uses it
  std::vector<std::uint16_t> indices = file.wedge.indices;
  indices.insert(indices.end(), {0, 0, 1, 2, 2, 2});
  file.node({{"mesh", file.mesh({{"POSITION", file.accessor(positions, "VEC3")}},
                                file.accessor(indices, "SCALAR"))}});
  const Scene scene = import_gltf(file.glb());
  CHECK(triangles_of(scene.mesh) == triangles_of(file.wedge));
  CHECK(scene.statistics.degenerate_triangles == 2);
  CHECK(scene.statistics.unreferenced_vertices == 1);
  CHECK(scene.mesh.triangle_source == std::vector<std::uint32_t>{0, 1, 2, 3});
}

TEST_CASE("extensions of materials are read with their defaults", "[import][gltf]") {
  WedgeFile file;
  file.document["materials"] = {
      {{"extensions",
        {{"KHR_materials_transmission", {{"transmissionFactor", 0.9}}},
         {"KHR_materials_volume", {{"thicknessFactor", 0.1}, {"attenuationColor", {1, 0.5, 0.25}}}},
         {"KHR_materials_ior", {{"ior", 1.33}}},
         {"KHR_materials_clearcoat", {{"clearcoatFactor", 0.5}, {"clearcoatRoughnessFactor", 0.2}}},
         {"KHR_materials_sheen", json::object()},
         {"KHR_materials_emissive_strength", {{"emissiveStrength", 4}}}}},
       {"emissiveFactor", {0.5, 0, 0}}}};
  file.document["meshes"][0]["primitives"][0]["material"] = 0;
  file.node({{"mesh", 0}});
  const Scene scene = import_gltf(file.glb());
  const Material& material = scene.materials[0];
  CHECK(material.transmission == 0.9);
  CHECK(material.thickness == 0.1);
  CHECK(material.attenuation_color == Vec3d{1, 0.5, 0.25});
  CHECK(std::isinf(material.attenuation_distance));
  CHECK(material.ior == 1.33);
  CHECK(material.specular == 1);
  CHECK(material.clearcoat == 0.5);
  CHECK(material.clearcoat_roughness == 0.2);
  CHECK(material.emissive == Vec3d{2, 0, 0});
  CHECK(material.metallic == 1);  // glTF's default
  CHECK(scene.warnings == std::vector<std::string>{"material extension KHR_materials_sheen is not rendered"});
}

TEST_CASE("faults of glTF files are named", "[import][gltf]") {
  const auto fault = [](const std::function<void(WedgeFile&)>& spoil) {
    WedgeFile file;
    file.node({{"mesh", 0}});
    spoil(file);
    return rejection_of(file.glb());
  };
  using Kind = std::pair<std::string, std::string>;
  CHECK(fault([](WedgeFile& f) { f.document["nodes"][0]["mesh"] = 7; }) ==
        Kind{"bad_index", "meshes[7] is referred to, there are 1"});
  CHECK(fault([](WedgeFile& f) { f.document["accessors"][0]["count"] = 5; }).first == "bad_buffer");
  CHECK(fault([](WedgeFile& f) { f.document["accessors"][0]["count"] = 1'000'000'000'000; }).first ==
        "too_many_triangles");
  CHECK(fault([](WedgeFile& f) { f.document["accessors"][1]["count"] = 3'000'000'000; }).first ==
        "too_many_triangles");
  CHECK(fault([](WedgeFile& f) { f.document["bufferViews"][0]["byteLength"] = 1'000'000'000; }).first ==
        "bad_buffer");
  CHECK(fault([](WedgeFile& f) {
          f.document["meshes"][0]["primitives"][0]["indices"] =
              f.accessor(std::vector<std::uint16_t>{0, 1, 9}, "SCALAR");
        }) == Kind{"bad_index", "a triangle refers to vertex 9 of 4"});
  CHECK(fault([](WedgeFile& f) { f.document["nodes"][0]["children"] = {0}; }).first == "cyclic_nodes");
  CHECK(fault([](WedgeFile& f) { f.document["extensionsRequired"] = {"EXT_unheard_of"}; }).first ==
        "unsupported_extension");
  CHECK(fault([](WedgeFile& f) { f.document["asset"]["version"] = "1.0"; }).first == "unsupported_format");
  CHECK(fault([](WedgeFile& f) { f.document["meshes"][0]["primitives"][0]["mode"] = 9; }).first ==
        "bad_gltf");
  CHECK(fault([](WedgeFile& f) { f.document["nodes"][0]["scale"] = {1, 2}; }).first == "bad_gltf");
  CHECK(fault([](WedgeFile& f) { f.document["nodes"][0]["scale"] = {0, 0, 0}; }).first == "zero_extent");
  CHECK(rejection_of("glTF").first == "bad_gltf");
  CHECK(rejection_of("{\"asset\":").first == "bad_json");
  WedgeFile file;
  file.node({{"mesh", 0}});
  const std::string whole = file.glb();
  for (std::size_t length = 0; length < whole.size(); length += 7)
    CHECK_FALSE(rejection_of(whole.substr(0, length)).first.empty());
}

TEST_CASE("a million nested arrays are no stack overflow", "[import][gltf]") {
  const std::string open(1'000'000, '['), close(1'000'000, ']');
  CHECK(rejection_of(R"({"asset":{"version":"2.0"},"extras":)" + open + close + "}").first == "empty_scene");
  CHECK(rejection_of(R"({"asset":{"version":"2.0"},"extras":)" + open).first == "bad_json");
}

TEST_CASE("a chain of fifty thousand nodes is followed to its end", "[import][gltf]") {
  WedgeFile file;
  constexpr int kDepth = 50'000;
  file.node({{"mesh", 0}}, false);
  for (int i = 1; i < kDepth; ++i)
    file.node({{"children", {i - 1}}, {"translation", {1, 0, 0}}}, i == kDepth - 1);
  CHECK(triangles_of(import_gltf(file.glb()).mesh) ==
        triangles_of(file.wedge, Transform::translate({kDepth - 1, 0, 0})));
}

TEST_CASE("instancing cannot multiply triangles beyond the limit", "[import][gltf]") {
  WedgeFile file;
  const int translation = file.accessor(std::vector<float>(3 * 1000, 1.0f), "VEC3");
  file.node(
      {{"mesh", 0},
       {"extensions", {{"EXT_mesh_gpu_instancing", {{"attributes", {{"TRANSLATION", translation}}}}}}}});
  ImportLimits limits;
  limits.max_triangles = 3999;
  CHECK(rejection_of(file.glb(), limits).first == "too_many_triangles");
  limits.max_triangles = 4000;
  CHECK(import_gltf(file.glb(), limits).mesh.triangles.size() == 4000);
}

}  // namespace funcorr
