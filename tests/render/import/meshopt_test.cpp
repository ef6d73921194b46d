// EXT_meshopt_compression: streams written by hand after the extension's text, and the library's own encoder
// on random meshes against the same mesh unpacked.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "db/format/random.h"
#include "render/import/import.h"
#include "tests/catch.h"
#include "tests/render/import/gltf_builder.h"
#include "tests/render/import/meshopt_builder.h"
#include "tests/render/import/wedge.h"

namespace funcorr {
namespace {

using nlohmann::json;
using tests::encoded_indices;
using tests::encoded_positions;
using tests::GltfBuilder;
using tests::packed_file;
using tests::plain_file;
using tests::random_mesh;
using tests::RandomMesh;
using tests::triangles_of;
using tests::Wedge;

using Bytes = std::vector<unsigned char>;

Scene import_glb(const GltfBuilder& file) { return tests::import_gltf(file.glb()); }

std::string rejection(const GltfBuilder& file, const ImportLimits& limits = {}) {
  const auto [kind, text] = tests::rejection_of(file.glb(), limits);
  UNSCOPED_INFO(text);
  return kind;
}

unsigned zigzag(int difference) {
  return difference < 0 ? 2u * static_cast<unsigned>(-difference) - 1
                        : 2u * static_cast<unsigned>(difference);
}

// Mode ATTRIBUTES, at most 16 elements: one block of one group; each byte of the stride is a plane of
// differences, all stored as they are (bit mode 3); the baseline in the tail is 0.
template <typename T>
Bytes attributes_by_hand(const std::vector<T>& values, std::size_t stride) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
  const std::size_t count = values.size() * sizeof(T) / stride;
  Bytes out{0xa0};
  for (std::size_t k = 0; k < stride; ++k) {
    out.push_back(3);
    unsigned char last = 0;
    for (std::size_t i = 0; i < 16; ++i) {
      const unsigned char value = i < count ? bytes[i * stride + k] : last;
      out.push_back(static_cast<unsigned char>(zigzag(static_cast<std::int8_t>(value - last))));
      last = value;
    }
  }
  out.resize(out.size() + std::max<std::size_t>(stride, 32));
  return out;
}

// Mode INDICES, differences below 32: a byte each, all from the first of the two baselines; four bytes of
// tail.
Bytes indices_by_hand(const std::vector<std::uint16_t>& indices) {
  Bytes out{0xd1};
  int last = 0;
  for (const std::uint16_t index : indices) {
    out.push_back(static_cast<unsigned char>(zigzag(index - last) << 1));
    last = index;
  }
  out.resize(out.size() + 4);
  return out;
}

// Values as EXPONENTIAL keeps them: mantissa · 2^exponent, 24 and 8 bits.
std::vector<std::uint32_t> exponential(const std::vector<float>& values, int exponent) {
  std::vector<std::uint32_t> out;
  for (const float value : values) {
    const auto mantissa = static_cast<int>(std::ldexp(value, -exponent));
    out.push_back(static_cast<std::uint32_t>(exponent) << 24 | (static_cast<unsigned>(mantissa) & 0xffffff));
  }
  return out;
}

// The wedge, packed by hand.
struct HandPackedWedge : GltfBuilder {
  Wedge wedge;
  int positions_view = packed_view(attributes_by_hand(exponential(wedge.positions, -2), 12), "ATTRIBUTES", 4,
                                   12, "EXPONENTIAL");
  int indices_view = packed_view(indices_by_hand(wedge.indices), "INDICES", 12, 2);
  int positions = accessor_over(positions_view, 5126, 4, "VEC3"),
      indices = accessor_over(indices_view, 5123, 12, "SCALAR");
  int wedge_mesh = mesh({{"POSITION", positions}}, indices);
  json& extension(int view) {
    return document["bufferViews"][static_cast<std::size_t>(view)]["extensions"]["EXT_meshopt_compression"];
  }
};

}  // namespace

TEST_CASE("meshopt streams written after the extension's text are unpacked", "[import][gltf][meshopt]") {
  HandPackedWedge file;
  file.document["extensionsRequired"] = {"EXT_meshopt_compression"};
  file.node({{"mesh", 0}});
  CHECK(triangles_of(import_glb(file).mesh) == triangles_of(file.wedge));
}

TEST_CASE("meshopt and quantisation together mean what the node's scale says", "[import][gltf][meshopt]") {
  HandPackedWedge file;
  std::vector<std::uint16_t> quantised;  // [4, 4]: three and one of padding
  for (std::size_t i = 0; i < file.wedge.positions.size(); ++i) {
    quantised.push_back(static_cast<std::uint16_t>(file.wedge.positions[i] * 65535 / 3));
    if (i % 3 == 2) quantised.push_back(0);
  }
  const int view = file.packed_view(attributes_by_hand(quantised, 8), "ATTRIBUTES", 4, 8);
  file.document["meshes"][0]["primitives"][0]["attributes"]["POSITION"] =
      file.accessor_over(view, 5123, 4, "VEC3", true);
  file.document["extensionsRequired"] = {"EXT_meshopt_compression", "KHR_mesh_quantization"};
  file.node({{"mesh", 0}, {"scale", {3, 3, 3}}});
  CHECK(triangles_of(import_glb(file).mesh) == triangles_of(file.wedge));
}

TEST_CASE("meshopt's octahedral normals are unfolded", "[import][gltf][meshopt]") {
  // x, y, the value of 1, and a fourth that is left alone; beyond |x| + |y| = 1 lies the lower half.
  const bool wide = GENERATE(false, true);
  const int one = wide ? 32767 : 127;
  HandPackedWedge file;
  const auto view_of = [&](auto values) {
    for (const int value : {0, 0, one, 5, one, 0, one, 5, 0, -one, one, 5, one, one, one, 5})
      values.push_back(static_cast<typename decltype(values)::value_type>(value));
    const std::size_t stride = wide ? 8 : 4;
    return file.packed_view(attributes_by_hand(values, stride), "ATTRIBUTES", 4, stride, "OCTAHEDRAL");
  };
  const int view = wide ? view_of(std::vector<std::int16_t>{}) : view_of(std::vector<std::int8_t>{});
  file.document["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] =
      file.accessor_over(view, wide ? 5122 : 5120, 4, "VEC3", true);
  file.node({{"mesh", 0}});
  const std::vector<Vec3f> expected{{0, 0, 1}, {1, 0, 0}, {0, -1, 0}, {0, 0, -1}};
  const Scene scene = import_glb(file);
  REQUIRE(scene.mesh.normals.size() == 4);
  for (std::size_t v = 0; v < 4; ++v)
    for (int axis = 0; axis < 3; ++axis)
      CHECK_THAT(scene.mesh.normals[v][axis], Catch::WithinAbs(expected[v][axis], 1e-4));
}

TEST_CASE("meshopt's quaternions get their largest component back", "[import][gltf][meshopt]") {
  // The three smaller ones in units of √½, following the largest in turn; its index in the last two bits.
  const std::vector<std::int16_t> quaternions{
      0, 32767, 0, 32767,   // w is left out, y = √½: 90° about y
      0, 0,     0, 32765};  // y is left out, all others 0: 180° about y
  HandPackedWedge file;
  const int view = file.packed_view(attributes_by_hand(quaternions, 8), "ATTRIBUTES", 2, 8, "QUATERNION");
  const int rotation = file.accessor_over(view, 5122, 2, "VEC4", true);
  file.node({{"mesh", 0},
             {"extensions", {{"EXT_mesh_gpu_instancing", {{"attributes", {{"ROTATION", rotation}}}}}}}});
  auto expected = triangles_of(file.wedge, Transform::rotate_y(std::numbers::pi / 2));
  for (const auto& triangle : triangles_of(file.wedge, Transform::rotate_y(std::numbers::pi)))
    expected.push_back(triangle);
  const tests::Triangles found = triangles_of(import_glb(file).mesh);
  expected = tests::sorted(expected);
  REQUIRE(found.size() == expected.size());
  // As sets of corners: 16 bits are not exact, and order among nearly equal triangles is not.
  double worst = 0;
  for (const auto& triangle : expected) {
    double nearest = 1e9;
    for (const auto& other : found) {
      double farthest = 0;
      for (std::size_t turn = 0; turn < 3; ++turn) {
        farthest = 0;
        for (std::size_t i = 0; i < 9; ++i)
          farthest = std::max(farthest, std::abs(triangle[i / 3][i % 3] - other[(i / 3 + turn) % 3][i % 3]));
        nearest = std::min(nearest, farthest);
      }
    }
    worst = std::max(worst, nearest);
  }
  CHECK(worst < 5e-4);
}

TEST_CASE("what the meshopt library packs is the mesh it packed", "[import][gltf][meshopt]") {
  Random random(5);
  for (int round = 0; round < 20; ++round) {
    INFO(round);
    const RandomMesh mesh = random_mesh(random, 3 + random.below(1500), 1 + random.below(2000));
    const std::size_t index_bytes = round % 2 == 0 ? 2 : 4;
    CHECK(triangles_of(import_glb(packed_file(mesh, 4, true, index_bytes)).mesh) ==
          triangles_of(import_glb(plain_file(mesh, 4)).mesh));
    CHECK(triangles_of(import_glb(packed_file(mesh, 5, false, index_bytes)).mesh) ==
          triangles_of(import_glb(plain_file(mesh, 5)).mesh));
  }
}

TEST_CASE("meshopt views that the extension does not allow are rejected with the reason",
          "[import][gltf][meshopt]") {
  const auto fault = [](bool of_indices, const std::string& member, const json& value) {
    HandPackedWedge file;
    file.node({{"mesh", 0}});
    file.extension(of_indices ? file.indices_view : file.positions_view)[member] = value;
    return rejection(file);
  };
  for (const int stride : {0, 6, 260, 1 << 30}) CHECK(fault(false, "byteStride", stride) == "bad_gltf");
  CHECK(fault(true, "byteStride", 1) == "bad_gltf");
  CHECK(fault(true, "filter", "EXPONENTIAL") == "bad_gltf");
  for (const char* filter : {"OCTAHEDRAL", "QUATERNION", "COLOR"})
    CHECK(fault(false, "filter", filter) == "bad_gltf");
  CHECK(fault(false, "mode", "TRIANGLE") == "bad_gltf");
  CHECK(fault(false, "mode", "TRIANGLES") == "bad_gltf");  // of stride 12
  CHECK(fault(true, "mode", "TRIANGLES") == "bad_buffer");
  CHECK(fault(false, "count", 5'000'000'000) == "too_large");
  CHECK(fault(false, "count", 100'000) == "bad_buffer");
  CHECK(fault(true, "count", 13) == "bad_buffer");
  CHECK(fault(true, "byteLength", 1'000'000) == "bad_buffer");
  CHECK(fault(true, "buffer", 1) == "missing_buffer");
}

TEST_CASE("all that meshopt unpacks together is bounded as a file is", "[import][gltf][meshopt]") {
  HandPackedWedge file;
  Bytes zeros{0xa0};  // planes of groups whose differences are all 0 (bit mode 0): 4 bytes for 256 elements
  constexpr std::size_t kCount = 3000, kStride = 256, kBlock = 32;  // a block has at most 8192 bytes
  zeros.resize(1 + (kCount + kBlock - 1) / kBlock * kStride + kStride);
  for (int set = 0; set < 2; ++set) {
    const int view = file.packed_view(zeros, "ATTRIBUTES", kCount, kStride);
    const int positions = file.accessor_over(view, 5126, kCount, "VEC3");
    file.node({{"mesh", file.mesh({{"POSITION", positions}})}});
  }
  file.node({{"mesh", 0}});
  ImportLimits limits;
  CHECK(rejection(file, limits).empty());
  limits.max_file_mb = 1;  // of the two views of 750 kB the second is too much
  CHECK(rejection(file, limits) == "too_large");
}

TEST_CASE("damaged meshopt data are a rejection or a mesh, never a crash", "[import][gltf][meshopt]") {
  Random random(11);
  const RandomMesh mesh = random_mesh(random, 300, 400);
  for (int i = 0; i < 200; ++i) {
    GltfBuilder file;
    const auto damaged = [&](Bytes data) {
      for (int k = 0; k < 3; ++k)
        data[random.below(data.size())] = static_cast<unsigned char>(random.below(256));
      if (random.below(4) == 0) data.resize(1 + random.below(data.size()));
      return data;
    };
    const int positions = file.packed_view(damaged(encoded_positions(mesh)), "ATTRIBUTES", 300, 12,
                                           random.below(2) == 0 ? "NONE" : "EXPONENTIAL");
    const int indices = file.packed_view(damaged(encoded_indices(mesh, true)), "TRIANGLES", 1200, 4);
    const int position_values = file.accessor_over(positions, 5126, 300, "VEC3");
    const int index_values = file.accessor_over(indices, 5125, 1200, "SCALAR");
    file.node({{"mesh", file.mesh({{"POSITION", position_values}}, index_values)}});
    const std::string kind = rejection(file);
    CHECK((kind.empty() || kind == "bad_buffer" || kind == "bad_index" || kind == "non_finite_vertices"));
  }
}

}  // namespace funcorr
