#include "render/import/gltf/node_graph.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace funcorr {
namespace {

constexpr std::size_t kMostRepeats = 100'000;  // of nodes with several parents

bool is_zero(const Transform& transform) {
  return std::ranges::all_of(transform.linear, [](double x) { return x == 0; });
}

double volume(const std::vector<double>& scale) { return std::fabs(scale[0] * scale[1] * scale[2]); }

// The scale of the key at which it is largest.
std::vector<double> largest_scale(GltfFile& file, const GltfNode& sampler) {
  const GltfFile::Accessor keys = file.accessor(sampler.index("output"));
  if (keys.components != 3) sampler.child("output").fail("a VEC3 accessor");
  const bool has_tangents = sampler.text("interpolation") == "CUBICSPLINE";  // in-tangent, value, out-tangent
  std::vector<double> largest{0, 0, 0};
  for (std::size_t key = has_tangents ? 1 : 0; key < keys.count; key += has_tangents ? 3 : 1) {
    const auto begin = keys.values.begin() + static_cast<std::ptrdiff_t>(3 * key);
    const std::vector<double> scale(begin, begin + 3);
    if (volume(scale) > volume(largest)) largest = scale;
  }
  return largest;
}

}  // namespace

Transform from_trs(const std::vector<double>& t, const std::vector<double>& q, const std::vector<double>& s) {
  const double n = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3], k = n > 0 ? 2 / n : 0;
  const double x = q[0], y = q[1], z = q[2], w = q[3];
  Transform out;
  out.linear = {
      (1 - k * (y * y + z * z)) * s[0], k * (x * y - z * w) * s[1],       k * (x * z + y * w) * s[2],
      k * (x * y + z * w) * s[0],       (1 - k * (x * x + z * z)) * s[1], k * (y * z - x * w) * s[2],
      k * (x * z - y * w) * s[0],       k * (y * z + x * w) * s[1],       (1 - k * (x * x + y * y)) * s[2]};
  out.translation = {t[0], t[1], t[2]};
  return out;
}

Transform from_columns(const double* m) {
  Transform out;
  out.linear = {m[0], m[4], m[8], m[1], m[5], m[9], m[2], m[6], m[10]};
  out.translation = {m[12], m[13], m[14]};
  return out;
}

std::vector<int> indices(const GltfFile& file, const GltfNode& node, const std::string& list,
                         const std::string& array) {
  std::vector<int> out;
  const auto size = static_cast<double>(file.count(array));
  for (const GltfNode& entry : node.list(list)) {
    const double value = entry.value->is_number() ? entry.value->get<double>() : -1;
    if (!(value >= 0) || value != std::floor(value)) entry.fail("a non-negative integer");
    if (value >= size)
      throw ImportError("bad_index", entry.where + " refers to " + array + "[" +
                                         std::to_string(static_cast<std::int64_t>(value)) + "], there are " +
                                         std::to_string(static_cast<std::int64_t>(size)));
    out.push_back(static_cast<int>(value));
  }
  return out;
}

NodeGraph::NodeGraph(GltfFile& file, SceneBuilder& builder)
    : file_(file), builder_(builder), count_(file.count("nodes")) {
  link();
  place();
  find_roots();
  if (!all_meshes_are_collapsed()) return;
  scale_by_animations();
  place();
}

void NodeGraph::link() {
  children_.resize(count_);
  first_parent_.assign(count_, -1);
  parents_.assign(count_, 0);
  for (std::size_t i = 0; i < count_; ++i) {
    std::set<int> known;
    for (const int child : indices(file_, file_.element("nodes", static_cast<int>(i)), "children", "nodes")) {
      if (!known.insert(child).second) {
        builder_.warn_nonconforming("nodes[" + std::to_string(i) + "] lists a child twice: taken once");
        continue;
      }
      children_[i].push_back(child);
      if (first_parent_[at(child)] < 0) first_parent_[at(child)] = static_cast<int>(i);
      if (++parents_[at(child)] > 1)
        builder_.warn_nonconforming("nodes[" + std::to_string(child) +
                                    "] has several parents: it stands beneath each");
    }
  }
}

// Parents before children; joints need not hang below the scene.
void NodeGraph::place() {
  asset_from_node_.resize(count_);
  std::vector<int> waits_for = parents_, stack;
  for (std::size_t i = 0; i < count_; ++i)
    if (waits_for[i] == 0) stack.push_back(static_cast<int>(i));
  std::size_t placed = 0;
  for (; !stack.empty(); ++placed) {
    const int node = stack.back(), parent = first_parent_[at(node)];
    stack.pop_back();
    const Transform local = local_transform(node);
    asset_from_node_[at(node)] = parent < 0 ? local : asset_from_node_[at(parent)] * local;
    for (const int child : children_[at(node)])
      if (--waits_for[at(child)] == 0) stack.push_back(child);
  }
  if (placed < count_) throw ImportError("cyclic_nodes", "the node graph has a cycle");
}

Transform NodeGraph::local_transform(int index) const {
  const GltfNode node = file_.element("nodes", index);
  if (node.child("matrix").present()) {
    const std::vector<double> matrix = node.numbers("matrix", std::vector<double>(16, 0.0));
    return from_columns(matrix.data());
  }
  const auto animated = animated_scale_.find(index);
  return from_trs(node.numbers("translation", {0, 0, 0}), node.numbers("rotation", {0, 0, 0, 1}),
                  animated != animated_scale_.end() ? animated->second : node.numbers("scale", {1, 1, 1}));
}

std::vector<int> NodeGraph::listed_roots() const {
  if (file_.count("scenes") > 0) {
    const GltfNode scene = file_.element("scenes", std::max(file_.root().index("scene"), 0));
    std::vector<int> roots = indices(file_, scene, "nodes", "nodes");
    if (roots.empty()) throw ImportError("empty_scene", scene.where + " has no nodes");
    return roots;
  }
  if (count_ == 0) throw ImportError("empty_scene", "the file has no scene");
  builder_.warn_nonconforming("the file has no scene: all of its nodes are taken");
  std::vector<int> roots;
  for (std::size_t i = 0; i < count_; ++i)
    if (parents_[i] == 0) roots.push_back(static_cast<int>(i));
  return roots;
}

void NodeGraph::find_roots() {
  roots_ = listed_roots();
  const std::vector<bool> below = below_roots();
  std::set<int> known;
  const auto is_there = [&](int root) { return below[at(root)] || !known.insert(root).second; };
  if (std::erase_if(roots_, is_there) > 0)
    builder_.warn_nonconforming("the scene lists nodes that stand in it already: taken once");
}

// Of every node: is it a child of a node of the scene?
std::vector<bool> NodeGraph::below_roots() const {
  std::vector<bool> below(count_, false), seen(count_, false);
  std::vector<int> stack = roots_;
  while (!stack.empty()) {
    const int node = stack.back();
    stack.pop_back();
    if (seen[at(node)]) continue;
    seen[at(node)] = true;
    for (const int child : children_[at(node)]) {
      below[at(child)] = true;
      stack.push_back(child);
    }
  }
  return below;
}

// A skinned mesh stands where its joints put it.
bool NodeGraph::is_collapsed(const GltfNode& node, int index) const {
  const int skin = node.index("skin");
  if (skin < 0) return is_zero(asset_from_node(index));
  return std::ranges::all_of(indices(file_, file_.element("skins", skin), "joints", "nodes"),
                             [&](int joint) { return is_zero(asset_from_node(joint)); });
}

bool NodeGraph::all_meshes_are_collapsed() const {
  std::vector<bool> in_scene = below_roots();
  for (const int root : roots_) in_scene[at(root)] = true;
  for (std::size_t i = 0; i < count_; ++i) {
    const int index = static_cast<int>(i);
    const GltfNode node = file_.element("nodes", index);
    if (in_scene[i] && node.index("mesh") >= 0 && !is_collapsed(node, index)) return false;
  }
  return true;
}

void NodeGraph::scale_by_animations() {
  for (const GltfNode& animation : file_.root().list("animations")) {
    const std::vector<GltfNode> samplers = animation.list("samplers");
    for (const GltfNode& channel : animation.list("channels")) {
      const GltfNode target = channel.object("target");
      const int node = target.index("node"), sampler = channel.index("sampler");
      if (node < 0 || sampler < 0 || target.text("path") != "scale") continue;
      if (at(sampler) >= samplers.size()) channel.child("sampler").fail("the index of a sampler");
      if (volume(file_.element("nodes", node).numbers("scale", {1, 1, 1})) > 0) continue;
      const std::vector<double> scale = largest_scale(file_, samplers[at(sampler)]);
      std::vector<double>& so_far = animated_scale_.try_emplace(node, 3, 0.0).first->second;
      if (volume(scale) > volume(so_far)) so_far = scale;
    }
  }
  std::erase_if(animated_scale_, [](const auto& entry) { return !(volume(entry.second) > 0); });
  for (const auto& [node, scale] : animated_scale_)
    builder_.warn_nonconforming("nodes[" + std::to_string(node) +
                                "] has scale 0 at rest: it stands as its animation scales it largest");
}

void NodeGraph::visit(const std::function<void(int, const Transform&)>& each) const {
  struct Visit {
    int node;
    Transform asset_from_node;
  };
  std::vector<Visit> stack;
  for (auto root = roots_.rbegin(); root != roots_.rend(); ++root)
    stack.push_back({*root, asset_from_node(*root)});
  std::size_t visits = stack.size();
  while (!stack.empty()) {
    const Visit visit = stack.back();
    stack.pop_back();
    each(visit.node, visit.asset_from_node);
    const std::vector<int>& children = children_[at(visit.node)];
    visits += children.size();
    if (visits > count_ + kMostRepeats)
      throw ImportError("cyclic_nodes", "nodes with several parents multiply to more than " +
                                            std::to_string(kMostRepeats) + " repeats");
    for (auto child = children.rbegin(); child != children.rend(); ++child)
      stack.push_back({*child, visit.asset_from_node * local_transform(*child)});
  }
}

}  // namespace funcorr
