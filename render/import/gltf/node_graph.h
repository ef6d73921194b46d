#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "render/import/gltf/gltf_file.h"
#include "render/import/scene_builder.h"

namespace funcorr {

// `t` 3, `q` 4 (x, y, z, w; need not be unit), `s` 3 numbers.
Transform from_trs(const std::vector<double>& t, const std::vector<double>& q, const std::vector<double>& s);
// 4 × 4 numbers, column by column, as glTF stores matrices.
Transform from_columns(const double* matrix);
// The node's array of indices into a top-level array; ImportError "bad_gltf", "bad_index".
std::vector<int> indices(const GltfFile& file, const GltfNode& node, const std::string& list,
                         const std::string& array);

// The nodes of a file in their rest pose. What breaks glTF's rules and yet has one meaning is read so, with a
// warning: without `scenes` all nodes are the scene; a node with several parents stands beneath each; one
// that the scene lists twice, or lists although it hangs beneath another of its nodes, stands there once;
// where nothing has an extent because nodes that are animated have scale 0 at rest, these stand as their
// animation scales them largest.
class NodeGraph {
 public:
  // Throws ImportError empty_scene, bad_index, bad_gltf; cyclic_nodes for cycles, and for nodes that several
  // parents multiply without bound.
  NodeGraph(GltfFile& file, SceneBuilder& builder);

  // The default scene's nodes, depth first, each as often as it stands there.
  void visit(const std::function<void(int node, const Transform& asset_from_node)>& each) const;
  // Of any node, in the scene or not; beneath the first of its parents.
  const Transform& asset_from_node(int node) const { return asset_from_node_[at(node)]; }

 private:
  static std::size_t at(int index) { return static_cast<std::size_t>(index); }
  void link();
  void place();
  std::vector<int> listed_roots() const;
  void find_roots();
  std::vector<bool> below_roots() const;
  Transform local_transform(int node) const;
  bool is_collapsed(const GltfNode& node, int index) const;
  bool all_meshes_are_collapsed() const;
  void scale_by_animations();

  GltfFile& file_;
  SceneBuilder& builder_;
  std::size_t count_;
  std::vector<std::vector<int>> children_;
  std::vector<int> first_parent_, parents_;  // −1: none; how many
  std::vector<Transform> asset_from_node_;
  std::vector<int> roots_;                             // of the default scene
  std::map<int, std::vector<double>> animated_scale_;  // in place of a rest scale
};

}  // namespace funcorr
