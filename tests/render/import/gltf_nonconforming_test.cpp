// glTF files that break the format's rules where their meaning is clear: read by it, and counted.
#include <fstream>
#include <iterator>

#include "db/format/image.h"
#include "render/import/import.h"
#include "tests/catch.h"
#include "tests/render/import/gltf_builder.h"
#include "tests/render/import/wedge.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using nlohmann::json;
using tests::GltfBuilder;
using tests::import_gltf;
using tests::TemporaryFolder;
using tests::triangles_of;
using tests::Wedge;

std::string rejection(const GltfBuilder& file) { return tests::rejection_of(file.glb()).first; }

// The wedge with a texture of two pixels; no nodes yet.
struct TexturedWedge : GltfBuilder {
  Wedge wedge;
  std::string png = png_bytes();
  int positions = accessor(wedge.positions, "VEC3"), indices = accessor(wedge.indices, "SCALAR"),
      uv = accessor(std::vector<float>{0, 0, 1, 0, 0, 1, 1, 1}, "VEC2"),
      image = view(std::vector<char>(png.begin(), png.end())),
      wedge_mesh = mesh({{"POSITION", positions}, {"TEXCOORD_0", uv}}, indices);
  TexturedWedge() {
    document["images"] = {{{"bufferView", image}, {"mimeType", "image/png"}}};
    document["samplers"] = {json::object()};
    document["textures"] = {{{"source", 0}, {"sampler", 0}}};
    document["materials"] = {{{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}}};
    primitive()["material"] = 0;
  }
  json& primitive() { return document["meshes"][0]["primitives"][0]; }

  static std::string png_bytes() {
    const TemporaryFolder folder;
    save_png(folder / "a.png", Image8(2, 1, 3));
    std::ifstream in(folder / "a.png", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

tests::Triangles copies(const Wedge& wedge, const std::vector<Transform>& places) {
  tests::Triangles all;
  for (const Transform& place : places)
    for (const auto& triangle : triangles_of(wedge, place)) all.push_back(triangle);
  return tests::sorted(all);
}

// Key frames of a node's scale.
void animate_scale(GltfBuilder& file, int node, const std::vector<float>& scales,
                   const std::string& interpolation) {
  std::vector<float> times;
  for (std::size_t i = 0; i < scales.size() / (interpolation == "CUBICSPLINE" ? 9 : 3); ++i)
    times.push_back(static_cast<float>(i));
  const int input = file.accessor(times, "SCALAR"), output = file.accessor(scales, "VEC3");
  file.document["animations"].push_back(
      {{"samplers", {{{"input", input}, {"output", output}, {"interpolation", interpolation}}}},
       {"channels", {{{"sampler", 0}, {"target", {{"node", node}, {"path", "scale"}}}}}}});
}

}  // namespace

TEST_CASE("a conforming file counts no breach", "[import][gltf]") {
  TexturedWedge file;
  file.node({{"mesh", 0}, {"extras", {{"mesh", -1}}}});  // anything may stand there
  const Scene scene = import_gltf(file.glb());
  CHECK(scene.statistics.nonconformities == 0);
  CHECK(scene.warnings.empty());
  CHECK(scene.materials[0].base_color_texture.texture == 0);
}

TEST_CASE("values beyond glTF's enums are the nearest or the default", "[import][gltf]") {
  TexturedWedge file;
  file.node({{"mesh", 0}});
  file.document["samplers"] = {{{"wrapS", 10496}, {"wrapT", 7}}};  // OpenGL's GL_CLAMP; nothing
  file.document["materials"][0]["alphaMode"] = "BLENDED";
  const Scene scene = import_gltf(file.glb());
  CHECK(scene.materials[0].base_color_texture.wrap_u == Wrap::kClamp);
  CHECK(scene.materials[0].base_color_texture.wrap_v == Wrap::kRepeat);
  CHECK(scene.materials[0].alpha_mode == AlphaMode::kOpaque);
  CHECK(scene.statistics.nonconformities == 3);
  CHECK(scene.warnings.size() == 3);
}

TEST_CASE("an index of -1 is none", "[import][gltf]") {
  TexturedWedge file;
  file.node({{"mesh", 0}, {"skin", -1}, {"camera", -1}});
  file.node({{"mesh", -1}});
  file.document["scene"] = -1;
  file.document["textures"][0]["sampler"] = -1;
  file.primitive()["attributes"]["NORMAL"] = -1;
  Scene scene = import_gltf(file.glb());
  CHECK(triangles_of(scene.mesh) == triangles_of(file.wedge));
  CHECK(scene.materials[0].base_color_texture.texture == 0);
  CHECK(scene.statistics.nonconformities == 6);
  file.primitive()["material"] = -1;
  scene = import_gltf(file.glb());
  CHECK(scene.materials.at(static_cast<std::size_t>(scene.mesh.triangle_material[0])).name == "default");
  file.primitive()["indices"] = -1;  // corners as they come: 0 1 2
  CHECK(import_gltf(file.glb()).mesh.triangles.size() == 1);
  file.primitive()["indices"] = -2;
  CHECK(rejection(file) == "bad_gltf");
  file.primitive()["indices"] = file.indices;
  file.document["materials"][0]["normalTexture"]["index"] = -1;  // which must be there
  CHECK(rejection(file) == "bad_gltf");
}

TEST_CASE("data URIs may have line breaks, blanks and percent escapes", "[import][gltf]") {
  TexturedWedge file;
  file.node({{"mesh", 0}});
  const std::string plain = tests::base64_of(file.buffer());
  std::string wrapped, escaped;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    wrapped += plain[i];
    if (i % 76 == 75) wrapped += i % 2 == 0 ? "\r\n" : " \t\n";
    escaped += plain[i] == '+'   ? "%2B"
               : plain[i] == '/' ? "%2F"
               : plain[i] == '=' ? "%3D"
                                 : plain.substr(i, 1);
  }
  const std::string start = "data:application/octet-stream;base64,";
  for (const auto& [payload, breaches] : std::map<std::string, int>{{plain, 0}, {wrapped, 1}, {escaped, 0}}) {
    const Scene scene = import_gltf(file.gltf(start + payload));
    CHECK(triangles_of(scene.mesh) == triangles_of(file.wedge));
    CHECK(scene.materials[0].base_color_texture.texture == 0);
    CHECK(scene.statistics.nonconformities == breaches);
  }
  CHECK_THROWS_AS(import_gltf(file.gltf(start + "!" + plain)), ImportError);
}

TEST_CASE("without scenes all nodes are the scene", "[import][gltf]") {
  TexturedWedge file;
  const int child = file.node({{"mesh", 0}, {"translation", {1, 0, 0}}}, false);
  file.node({{"children", {child}}, {"translation", {0, 5, 0}}}, false);
  file.node({{"mesh", 0}}, false);
  const Scene scene = import_gltf(file.glb());
  CHECK(triangles_of(scene.mesh) == copies(file.wedge, {Transform::translate({1, 5, 0}), Transform{}}));
  CHECK(scene.statistics.nonconformities == 1);
  file.document["nodes"] = json::array();
  CHECK(rejection(file) == "empty_scene");
}

TEST_CASE("a node with two parents stands beneath both", "[import][gltf]") {
  TexturedWedge file;
  const int shared = file.node({{"mesh", 0}, {"translation", {0, 0, 1}}}, false);
  const int first = file.node({{"children", {shared, shared}}, {"translation", {10, 0, 0}}});
  file.node({{"children", {shared, first}}, {"scale", {2, 2, 2}}});  // first: listed, and below this one
  const Transform at_shared = Transform::translate({0, 0, 1});
  const Scene scene = import_gltf(file.glb());
  CHECK(triangles_of(scene.mesh) ==
        copies(file.wedge, {Transform::scale(2) * at_shared,
                            Transform::scale(2) * Transform::translate({10, 0, 0}) * at_shared}));
  CHECK(scene.statistics.nonconformities == 3);  // listed twice by one, two parents, a root that is a child
}

TEST_CASE("nodes with two parents cannot multiply without bound, nor hide a cycle", "[import][gltf]") {
  TexturedWedge file;
  int below = file.node({{"name", "leaf"}}, false), beside = file.node({{"name", "leaf"}}, false);
  for (int level = 0; level < 60; ++level) {
    const int left = file.node({{"children", {below, beside}}}, false);
    beside = file.node({{"children", {below, beside}}}, false);
    below = left;
  }
  file.node({{"children", {below, beside}}});
  CHECK(rejection(file) == "cyclic_nodes");
  file.document["nodes"] = {{{"mesh", 0}, {"children", {1, 2}}}, {{"children", {2}}}, {{"children", {1}}}};
  file.document["scenes"] = {{{"nodes", {0}}}};
  CHECK(rejection(file) == "cyclic_nodes");
}

TEST_CASE("where all is scaled to nothing at rest, it stands as the animation scales it largest",
          "[import][gltf]") {
  TexturedWedge file;
  const int child = file.node({{"mesh", 0}, {"translation", {1, 0, 0}}}, false);
  const int root = file.node({{"children", {child}}, {"scale", {0, 0, 0}}});
  CHECK(rejection(file) == "zero_extent");
  const auto expected = triangles_of(file.wedge, Transform::scale(2) * Transform::translate({1, 0, 0}));
  SECTION("from keys") { animate_scale(file, root, {0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0}, "LINEAR"); }
  SECTION("from keys with tangents") {
    animate_scale(file, root, {9, 9, 9, 0, 0, 0, 9, 9, 9, 9, 9, 9, 2, 2, 2, 9, 9, 9}, "CUBICSPLINE");
  }
  const Scene scene = import_gltf(file.glb());
  CHECK(triangles_of(scene.mesh) == expected);
  CHECK(scene.statistics.nonconformities == 1);
  file.node({{"mesh", 0}});  // something is there at rest: what is hidden then stays so
  CHECK(triangles_of(import_gltf(file.glb()).mesh) == triangles_of(file.wedge));
}

TEST_CASE("a skinned mesh whose joints are scaled to nothing at rest is found, too", "[import][gltf]") {
  TexturedWedge file;
  auto& attributes = file.primitive()["attributes"];
  attributes["JOINTS_0"] = file.accessor(std::vector<std::uint8_t>(16, 0), "VEC4");
  attributes["WEIGHTS_0"] =
      file.accessor(std::vector<float>{1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}, "VEC4");
  const int joint = file.node({{"scale", {0, 0, 0}}});
  file.document["skins"] = {{{"joints", {joint}}}};
  file.node({{"mesh", 0}, {"skin", 0}});
  CHECK(rejection(file) == "zero_extent");
  animate_scale(file, joint, {0, 0, 0, 3, 3, 3}, "STEP");
  CHECK(triangles_of(import_gltf(file.glb()).mesh) == triangles_of(file.wedge, Transform::scale(3)));
}

TEST_CASE("a base colour that is stored as KTX2 alone is counted, with its texture as missing",
          "[import][gltf]") {
  TexturedWedge file;
  file.node({{"mesh", 0}});
  const int ktx2 = file.view(std::vector<unsigned char>{0xab, 'K', 'T', 'X', ' ', '2', '0', 0xbb});
  file.document["images"].push_back({{"bufferView", ktx2}, {"mimeType", "image/ktx2"}});
  file.document["textures"] = {{{"extensions", {{"KHR_texture_basisu", {{"source", 1}}}}}}};
  file.document["extensionsRequired"] = {"KHR_texture_basisu"};
  Scene scene = import_gltf(file.glb());
  CHECK(scene.statistics.textures_named == 1);
  CHECK(scene.statistics.textures_missing == 1);
  CHECK(scene.statistics.base_colors_undecoded == 1);
  CHECK(scene.statistics.nonconformities == 0);

  auto& material = file.document["materials"][0];
  SECTION("a plain source beside it is taken") {
    file.document["textures"][0]["source"] = 0;
    scene = import_gltf(file.glb());
    CHECK(scene.statistics.base_colors_undecoded == 0);
    CHECK(scene.materials[0].base_color_texture.texture == 0);
  }
  SECTION("a plain source may be KTX2 itself") {
    file.document["textures"] = {{{"source", 1}}};
    CHECK(import_gltf(file.glb()).statistics.base_colors_undecoded == 1);
  }
  SECTION("another texture is none of the base colour") {
    material = {{"normalTexture", {{"index", 0}}}};
    scene = import_gltf(file.glb());
    CHECK(scene.statistics.textures_missing == 1);
    CHECK(scene.statistics.base_colors_undecoded == 0);
  }
  SECTION("the diffuse texture stands in for the base colour") {
    file.document["textures"].push_back({{"source", 0}});
    material["extensions"]["KHR_materials_pbrSpecularGlossiness"]["diffuseTexture"] = {{"index", 1}};
    CHECK(import_gltf(file.glb()).statistics.base_colors_undecoded == 0);
  }
}

}  // namespace funcorr
