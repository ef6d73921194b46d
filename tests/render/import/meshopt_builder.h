#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <meshoptimizer.h>

#include "db/format/random.h"
#include "tests/render/import/gltf_builder.h"

// Random meshes, plain and as meshopt's own encoder packs them.
namespace funcorr::tests {

struct RandomMesh {
  std::vector<float> positions;  // [vertices, 3]
  std::vector<std::uint32_t> indices;
};

inline RandomMesh random_mesh(Random& random, std::size_t vertices, std::size_t triangles) {
  RandomMesh mesh;
  for (std::size_t i = 0; i < 3 * vertices; ++i)
    mesh.positions.push_back(static_cast<float>(random.uniform()));
  for (std::size_t t = 0; t < triangles; ++t) {
    const auto a = static_cast<std::uint32_t>(random.below(vertices)),
               b = static_cast<std::uint32_t>((a + 1 + random.below(vertices - 2)) % vertices);
    auto c = static_cast<std::uint32_t>(random.below(vertices));
    while (c == a || c == b) c = static_cast<std::uint32_t>((c + 1) % vertices);
    mesh.indices.insert(mesh.indices.end(), {a, b, c});
  }
  return mesh;
}

inline std::vector<unsigned char> encoded_positions(const RandomMesh& mesh) {
  const std::size_t count = mesh.positions.size() / 3;
  meshopt_encodeVertexVersion(0);  // the extension's
  std::vector<unsigned char> out(meshopt_encodeVertexBufferBound(count, 12));
  out.resize(meshopt_encodeVertexBuffer(out.data(), out.size(), mesh.positions.data(), count, 12));
  return out;
}

inline std::vector<unsigned char> encoded_indices(const RandomMesh& mesh, bool is_list) {
  const std::size_t count = mesh.indices.size(), vertices = mesh.positions.size() / 3;
  meshopt_encodeIndexVersion(1);
  std::vector<unsigned char> out(is_list ? meshopt_encodeIndexBufferBound(count, vertices)
                                         : meshopt_encodeIndexSequenceBound(count, vertices));
  out.resize(is_list ? meshopt_encodeIndexBuffer(out.data(), out.size(), mesh.indices.data(), count)
                     : meshopt_encodeIndexSequence(out.data(), out.size(), mesh.indices.data(), count));
  return out;
}

inline GltfBuilder plain_file(const RandomMesh& mesh, int mode) {
  GltfBuilder file;
  const int positions = file.accessor(mesh.positions, "VEC3");
  file.node({{"mesh", file.mesh({{"POSITION", positions}}, file.accessor(mesh.indices, "SCALAR"), mode)}});
  return file;
}

inline GltfBuilder packed_file(const RandomMesh& mesh, int mode, bool is_list, std::size_t index_bytes) {
  GltfBuilder file;
  const std::size_t vertices = mesh.positions.size() / 3, count = mesh.indices.size();
  file.document["extensionsRequired"] = {"EXT_meshopt_compression"};
  const int positions = file.packed_view(encoded_positions(mesh), "ATTRIBUTES", vertices, 12);
  const int indices =
      file.packed_view(encoded_indices(mesh, is_list), is_list ? "TRIANGLES" : "INDICES", count, index_bytes);
  const int position_values = file.accessor_over(positions, 5126, vertices, "VEC3");
  const int index_values = file.accessor_over(indices, index_bytes == 2 ? 5123 : 5125, count, "SCALAR");
  file.node({{"mesh", file.mesh({{"POSITION", position_values}}, index_values, mode)}});
  return file;
}

}  // namespace funcorr::tests
