#include "tests/catch.h"

#if __has_include(<draco/compression/encode.h>)
#include <draco/compression/encode.h>
#include <draco/mesh/triangle_soup_mesh_builder.h>

#include "db/format/random.h"
#include "render/import/import.h"
#include "tests/render/import/gltf_builder.h"
#include "tests/render/import/wedge.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using tests::GltfBuilder;
using tests::import_gltf;
using tests::rejection_of;
using tests::triangles_of;
using tests::Wedge;

// The wedge as Draco's own encoder packs it, 14 bits per coordinate.
std::vector<char> encoded(const Wedge& wedge, std::size_t& points) {
  draco::TriangleSoupMeshBuilder builder;
  builder.Start(static_cast<int>(wedge.indices.size() / 3));
  const int positions = builder.AddAttribute(draco::GeometryAttribute::POSITION, 3, draco::DT_FLOAT32);
  for (std::size_t i = 0; i < wedge.indices.size(); i += 3)
    builder.SetAttributeValuesForFace(positions, draco::FaceIndex(static_cast<std::uint32_t>(i / 3)),
                                      &wedge.positions[std::size_t{3} * wedge.indices[i]],
                                      &wedge.positions[std::size_t{3} * wedge.indices[i + 1]],
                                      &wedge.positions[std::size_t{3} * wedge.indices[i + 2]]);
  const auto mesh = builder.Finalize();
  points = mesh->num_points();
  draco::Encoder encoder;
  encoder.SetAttributeQuantization(draco::GeometryAttribute::POSITION, 14);
  draco::EncoderBuffer buffer;
  REQUIRE(encoder.EncodeMeshToBuffer(*mesh, &buffer).ok());
  return {buffer.data(), buffer.data() + buffer.size()};
}

GltfBuilder compressed_file(const std::vector<char>& data, std::size_t points) {
  GltfBuilder file;
  file.document["accessors"] = {{{"componentType", 5126}, {"count", points}, {"type", "VEC3"}},
                                {{"componentType", 5125}, {"count", 12}, {"type", "SCALAR"}}};
  file.document["extensionsRequired"] = {"KHR_draco_mesh_compression"};
  const int view = file.view(data);
  const int mesh = file.mesh({{"POSITION", 0}}, 1);
  file.document["meshes"][0]["primitives"][0]["extensions"] = {
      {"KHR_draco_mesh_compression", {{"bufferView", view}, {"attributes", {{"POSITION", 0}}}}}};
  file.node({{"mesh", mesh}});
  return file;
}

}  // namespace

TEST_CASE("geometry compressed by Draco is unpacked", "[import][gltf]") {
  const Wedge wedge;
  std::size_t points = 0;
  const std::vector<char> data = encoded(wedge, points);
  const auto found = triangles_of(import_gltf(compressed_file(data, points).glb()).mesh),
             expected = triangles_of(wedge);
  REQUIRE(found.size() == expected.size());
  for (std::size_t t = 0; t < found.size(); ++t)
    for (std::size_t k = 0; k < 3; ++k)
      for (std::size_t axis = 0; axis < 3; ++axis)
        CHECK_THAT(found[t][k][axis], Catch::WithinAbs(expected[t][k][axis], 3.0 / (1 << 14)));
}

TEST_CASE("damaged Draco data and wrong promises about them are rejected", "[import][gltf]") {
  std::size_t points = 0;
  const std::vector<char> data = encoded(Wedge{}, points);
  CHECK(rejection_of(compressed_file(data, points + 1).glb()).first == "bad_buffer");
  GltfBuilder other = compressed_file(data, points);
  other.document["meshes"][0]["primitives"][0]["extensions"]["KHR_draco_mesh_compression"]["attributes"]
                ["POSITION"] = 7;
  CHECK(rejection_of(other.glb()).first == "bad_buffer");
  for (std::size_t cut = 3; cut < data.size(); cut += 3)
    CHECK(rejection_of(
              compressed_file({data.begin(), data.begin() + static_cast<std::ptrdiff_t>(cut)}, points).glb())
              .first == "bad_buffer");
  Random random(11);
  for (int i = 0; i < 300; ++i) {
    std::vector<char> flipped = data;
    for (int k = 0; k < 3; ++k) flipped[random.below(flipped.size())] = static_cast<char>(random.below(256));
    rejection_of(compressed_file(flipped, points).glb());  // either way; no crash
  }
}

}  // namespace funcorr
#endif
