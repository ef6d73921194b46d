#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "render/import/import.h"

namespace funcorr {

// One drawable piece of a file: a glTF primitive, an Assimp mesh, in its own frame.
struct MeshPiece {
  Mesh mesh;          // positions, triangles, optional normals, uvs, colours and triangle_material
  int material = -1;  // of all triangles, where the mesh has no triangle_material
  std::string group;  // node, mesh or file name: the part it may be
};

// Joins pieces into one Scene and checks what no importer may be trusted with: indices in range, finite
// coordinates, usable normals, the number of triangles.
class SceneBuilder {
 public:
  explicit SceneBuilder(const ImportLimits& limits) : limits_(limits) {}

  // Throws ImportError too_many_triangles when `more` would exceed the limit: ask before building a piece.
  void reserve_triangles(std::int64_t more) const;
  // Bakes the transform and appends. Throws ImportError bad_index, non_finite_vertices, too_many_triangles.
  void add(MeshPiece piece, const Transform& asset_from_piece);
  // Appends a finished mesh as one group; its materials start at `first_material`.
  void add_scene(Mesh mesh, std::int32_t first_material, const std::string& group);
  void warn(const std::string& text);
  // A warning that the file breaks its format's rules and how it was read.
  void warn_nonconforming(const std::string& text);
  ImportStatistics& statistics() { return scene_.statistics; }
  Scene& scene() { return scene_; }

  // group_of[t]: index into group_names of every triangle so far.
  const std::vector<std::int32_t>& triangle_group() const { return triangle_group_; }
  const std::vector<std::string>& group_names() const { return group_names_; }

  // Drops degenerate triangles and returns the scene; triangle_part is filled with −1 or as set through
  // scene(). Throws ImportError no_triangles, zero_extent.
  Scene finish();

 private:
  void append(const Mesh& mesh, const std::string& group);
  void drop_degenerate();

  ImportLimits limits_;
  Scene scene_;
  std::vector<std::int32_t> triangle_group_;
  std::vector<std::string> group_names_;
  std::map<std::string, std::int32_t> group_index_;
};

}  // namespace funcorr
