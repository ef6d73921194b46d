#include "render/import/scene_builder.h"

#include <algorithm>
#include <cmath>

namespace funcorr {
namespace {

constexpr std::size_t kMaxWarnings = 30;
constexpr double kDegenerateSine = 1e-10;  // |e1 × e2| / longest edge²: below, the triangle has no direction

bool is_finite(const Vec3d& v) { return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.z); }

void check_indices(const Mesh& mesh) {
  for (const auto& triangle : mesh.triangles)
    for (const std::uint32_t vertex : triangle)
      if (vertex >= mesh.positions.size())
        throw ImportError("bad_index", "a triangle refers to vertex " + std::to_string(vertex) + " of " +
                                           std::to_string(mesh.positions.size()));
}

void check_finite(const Mesh& mesh, const std::string& group) {
  const auto bad = std::count_if(mesh.positions.begin(), mesh.positions.end(),
                                 [](const Vec3d& p) { return !is_finite(p); });
  if (bad > 0)
    throw ImportError("non_finite_vertices", std::to_string(bad) + " of " +
                                                 std::to_string(mesh.positions.size()) + " vertices of '" +
                                                 group + "' are infinite or not a number");
}

template <typename T>
void keep(std::vector<T>& values, const std::vector<bool>& kept) {
  if (values.empty()) return;
  std::size_t out = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (kept[i]) values[out++] = values[i];
  values.resize(out);
}

// Drops vertices that no triangle uses, before anything looks at them; returns how many.
std::int64_t drop_unreferenced(Mesh& mesh) {
  std::vector<bool> used(mesh.positions.size(), false);
  for (const auto& triangle : mesh.triangles)
    for (const std::uint32_t vertex : triangle) used[vertex] = true;
  const std::int64_t unused = std::count(used.begin(), used.end(), false);
  if (unused == 0) return 0;
  std::vector<std::uint32_t> new_index(used.size());
  std::uint32_t next = 0;
  for (std::size_t v = 0; v < used.size(); ++v) {
    new_index[v] = next;
    if (used[v]) ++next;
  }
  for (auto& triangle : mesh.triangles)
    for (std::uint32_t& vertex : triangle) vertex = new_index[vertex];
  keep(mesh.positions, used);
  keep(mesh.normals, used);
  for (auto& uv : mesh.uvs) keep(uv, used);
  keep(mesh.colors, used);
  return unused;
}

bool are_usable(const std::vector<Vec3f>& normals) {
  return std::all_of(normals.begin(), normals.end(), [](const Vec3f& n) {
    const float squared = dot(n, n);
    return std::isfinite(squared) && squared > 1e-6f;
  });
}

template <typename T>
void append_padded(std::vector<T>& target, const std::vector<T>& more, std::size_t before, std::size_t count,
                   const T& fill) {
  if (target.empty() && more.empty()) return;
  target.resize(before, fill);
  target.insert(target.end(), more.begin(), more.end());
  target.resize(before + count, fill);
}

bool is_degenerate(const Mesh& mesh, std::size_t t) {
  const auto& [a, b, c] = mesh.triangles[t];
  const Vec3d u = mesh.positions[b] - mesh.positions[a], v = mesh.positions[c] - mesh.positions[a],
              w = mesh.positions[c] - mesh.positions[b];
  const double longest = std::max({dot(u, u), dot(v, v), dot(w, w)});
  return !(length(cross(u, v)) > kDegenerateSine * longest);
}

}  // namespace

void SceneBuilder::reserve_triangles(std::int64_t more) const {
  const auto have = static_cast<std::int64_t>(scene_.mesh.triangles.size());
  if (more > limits_.max_triangles - have)
    throw ImportError("too_many_triangles", std::to_string(have + more) + " triangles or more, at most " +
                                                std::to_string(limits_.max_triangles) + " are allowed");
}

void SceneBuilder::warn(const std::string& text) {
  const std::string warning = as_valid_utf8(text);
  auto& warnings = scene_.warnings;
  if (warnings.size() < kMaxWarnings &&
      std::find(warnings.begin(), warnings.end(), warning) == warnings.end())
    warnings.push_back(warning);
}

void SceneBuilder::warn_nonconforming(const std::string& text) {
  ++scene_.statistics.nonconformities;
  warn(text);
}

void SceneBuilder::add(MeshPiece piece, const Transform& asset_from_piece) {
  Mesh& mesh = piece.mesh;
  reserve_triangles(static_cast<std::int64_t>(mesh.triangles.size()));
  check_indices(mesh);
  if (mesh.normals.size() != mesh.positions.size()) mesh.normals.clear();
  scene_.statistics.unreferenced_vertices += drop_unreferenced(mesh);
  check_finite(mesh, piece.group);
  if (!are_usable(mesh.normals)) {
    warn("normals of '" + piece.group + "' are zero or not numbers: computed from the faces");
    mesh.normals.clear();
  }
  for (auto& uv : mesh.uvs) {
    for (Vec2f& p : uv)
      if (!std::isfinite(p.x) || !std::isfinite(p.y)) {
        warn("texture coordinates of '" + piece.group + "' are not numbers: set to 0");
        p = {0, 0};
      }
  }
  if (!(std::fabs(asset_from_piece.determinant()) > 0))
    mesh.normals.clear();  // flattened: no inverse transpose
  transform_mesh(mesh, asset_from_piece);
  check_finite(mesh, piece.group);
  if (mesh.normals.empty()) compute_smooth_normals(mesh);
  for (Vec3f& normal : mesh.normals) normal = normalized(normal);
  ++scene_.statistics.meshes;
  if (mesh.triangle_material.empty()) mesh.triangle_material.assign(mesh.triangles.size(), piece.material);
  append(mesh, piece.group);
}

void SceneBuilder::add_scene(Mesh mesh, std::int32_t first_material, const std::string& group) {
  reserve_triangles(static_cast<std::int64_t>(mesh.triangles.size()));
  for (std::int32_t& material : mesh.triangle_material) material += first_material;
  ++scene_.statistics.meshes;
  append(mesh, group);
}

void SceneBuilder::append(const Mesh& mesh, const std::string& group_name) {
  Mesh& all = scene_.mesh;
  const std::size_t before = all.positions.size(), count = mesh.positions.size();
  all.positions.insert(all.positions.end(), mesh.positions.begin(), mesh.positions.end());
  all.normals.insert(all.normals.end(), mesh.normals.begin(), mesh.normals.end());
  for (std::size_t set = 0; set < 2; ++set)
    append_padded(all.uvs[set], mesh.uvs[set], before, count, Vec2f{0, 0});
  append_padded(all.colors, mesh.colors, before, count, std::array<float, 4>{1, 1, 1, 1});
  const auto offset = static_cast<std::uint32_t>(before);
  const auto [group, is_new] =
      group_index_.try_emplace(group_name, static_cast<std::int32_t>(group_names_.size()));
  if (is_new) group_names_.push_back(group_name);
  for (const auto& [a, b, c] : mesh.triangles) {
    all.triangle_source.push_back(static_cast<std::uint32_t>(all.triangle_source.size()));
    all.triangles.push_back({a + offset, b + offset, c + offset});
    triangle_group_.push_back(group->second);
  }
  all.triangle_material.insert(all.triangle_material.end(), mesh.triangle_material.begin(),
                               mesh.triangle_material.end());
  scene_.statistics.source_triangles += static_cast<std::int64_t>(mesh.triangles.size());
}

void SceneBuilder::drop_degenerate() {
  Mesh& mesh = scene_.mesh;
  std::vector<bool> kept(mesh.triangles.size());
  for (std::size_t t = 0; t < kept.size(); ++t) kept[t] = !is_degenerate(mesh, t);
  const std::size_t before = mesh.triangles.size();
  keep(mesh.triangles, kept);
  keep(mesh.triangle_material, kept);
  keep(mesh.triangle_source, kept);
  keep(mesh.triangle_part, kept);
  scene_.statistics.degenerate_triangles += static_cast<std::int64_t>(before - mesh.triangles.size());
  drop_unreferenced(mesh);
}

Scene SceneBuilder::finish() {
  Mesh& mesh = scene_.mesh;
  const std::int64_t others = scene_.statistics.non_triangles;
  if (mesh.triangles.empty())
    throw ImportError("no_triangles", others > 0 ? "the file holds only points and lines, no triangles"
                                                 : "the file holds no triangles");
  const Vec3d extent = bounds_of(mesh).extent();
  if (!(std::max({extent.x, extent.y, extent.z}) > 0))
    throw ImportError("zero_extent", "all vertices lie at one point: the bounding box has size zero");
  if (mesh.triangle_part.empty()) mesh.triangle_part.assign(mesh.triangles.size(), -1);
  drop_degenerate();
  if (mesh.triangles.empty())
    throw ImportError("no_triangles", "all " + std::to_string(scene_.statistics.degenerate_triangles) +
                                          " triangles have no area");
  if (scene_.materials.empty()) scene_.materials.emplace_back();
  for (std::int32_t& material : mesh.triangle_material)
    if (material < 0 || material >= static_cast<std::int32_t>(scene_.materials.size())) material = 0;
  return std::move(scene_);
}

}  // namespace funcorr
