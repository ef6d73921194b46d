#include "render/geometry/mesh.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "render/geometry/disjoint_sets.h"

namespace funcorr {
namespace {

// Comparing all faces of a vertex is quadratic: beyond, they are smoothed together where they agree with
// their mean.
constexpr std::size_t kMaxCreaseValence = 128;

Vec3f to_float(const Vec3d& v) {
  return {static_cast<float>(v.x), static_cast<float>(v.y), static_cast<float>(v.z)};
}

// Corner c = 3·triangle + k; corners of one welded vertex stand together.
struct Incidence {
  std::vector<std::size_t> first;    // [groups + 1]
  std::vector<std::size_t> corners;  // [3 T]
};

Incidence incident_corners(const Mesh& mesh, const std::vector<std::uint32_t>& group) {
  const std::size_t groups =
      group.empty() ? 0 : *std::max_element(group.begin(), group.end()) + std::size_t{1};
  Incidence result{std::vector<std::size_t>(groups + 1), std::vector<std::size_t>(3 * mesh.triangles.size())};
  for (const auto& triangle : mesh.triangles)
    for (const std::uint32_t vertex : triangle) ++result.first[group[vertex] + std::size_t{1}];
  std::partial_sum(result.first.begin(), result.first.end(), result.first.begin());
  std::vector<std::size_t> next(result.first.begin(), result.first.end() - 1);
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t)
    for (std::size_t k = 0; k < 3; ++k) result.corners[next[group[mesh.triangles[t][k]]]++] = 3 * t + k;
  return result;
}

void append_vertex_copy(Mesh& mesh, std::uint32_t vertex) {
  mesh.positions.push_back(Vec3d(mesh.positions[vertex]));
  for (auto& uv : mesh.uvs)
    if (!uv.empty()) uv.push_back(Vec2f(uv[vertex]));
  if (!mesh.colors.empty()) mesh.colors.push_back(std::array<float, 4>(mesh.colors[vertex]));
}

}  // namespace

Vec2d TextureRef::transformed(const Vec2d& uv) const {
  const double u = uv.x * scale.x, v = uv.y * scale.y, c = std::cos(rotation), s = std::sin(rotation);
  return {offset.x + c * u + s * v, offset.y - s * u + c * v};
}

Vec3d Mesh::area_vector(std::size_t triangle) const {
  const auto& [a, b, c] = triangles[triangle];
  return cross(positions[b] - positions[a], positions[c] - positions[a]);
}

Bounds bounds_of(const Mesh& mesh) {
  if (mesh.triangles.empty())
    throw std::invalid_argument("bounds_of: a mesh without triangles has no bounds");
  const Vec3d first = mesh.positions[mesh.triangles[0][0]];
  Bounds bounds{first, first};
  for (const auto& triangle : mesh.triangles)
    for (const std::uint32_t vertex : triangle)
      for (int axis = 0; axis < 3; ++axis) {
        bounds.low[axis] = std::min(bounds.low[axis], mesh.positions[vertex][axis]);
        bounds.high[axis] = std::max(bounds.high[axis], mesh.positions[vertex][axis]);
      }
  return bounds;
}

std::vector<std::uint32_t> weld_by_position(const std::vector<Vec3d>& positions) {
  std::vector<std::uint32_t> order(positions.size()), group(positions.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto key = [&](std::uint32_t v) {
    return std::array<double, 3>{positions[v].x, positions[v].y, positions[v].z};
  };
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && key(order[i]) != key(order[i - 1])) ++id;
    group[order[i]] = id;
  }
  return group;
}

std::vector<std::int32_t> components_of(const Mesh& mesh, const std::vector<std::uint32_t>& weld) {
  DisjointSets sets(weld.size());
  for (const auto& [a, b, c] : mesh.triangles) {
    sets.join(weld[a], weld[b]);
    sets.join(weld[a], weld[c]);
  }
  std::vector<std::int32_t> number(weld.size(), -1), of_triangle;
  of_triangle.reserve(mesh.triangles.size());
  std::int32_t count = 0;
  for (const auto& triangle : mesh.triangles) {
    std::int32_t& component = number[sets.find(weld[triangle[0]])];
    if (component < 0) component = count++;
    of_triangle.push_back(component);
  }
  return of_triangle;
}

void transform_mesh(Mesh& mesh, const Transform& target_from_source) {
  for (Vec3d& position : mesh.positions) position = target_from_source.point(position);
  const double determinant = target_from_source.determinant();
  if (determinant != 0)
    for (Vec3f& normal : mesh.normals)
      normal = to_float(normalized(target_from_source.normal(Vec3d{normal.x, normal.y, normal.z})));
  if (determinant < 0)
    for (auto& triangle : mesh.triangles) std::swap(triangle[1], triangle[2]);
}

Transform normalize(Scene& scene) {
  const Bounds bounds = bounds_of(scene.mesh);
  const Vec3d extent = bounds.extent();
  const double longest = std::max({extent.x, extent.y, extent.z});
  if (!(longest > 0) || !std::isfinite(1 / longest))
    throw std::invalid_argument("normalize: the bounding box has no size");
  // Centred before it is scaled: an object far from the origin keeps its digits.
  for (Vec3d& position : scene.mesh.positions) position = (position - bounds.center()) / longest;
  for (Material& material : scene.materials) material.attenuation_distance /= longest;
  return Transform::scale(1 / longest) * Transform::translate(-bounds.center());
}

void normalize(Scene& scene, const Transform& normalized_from_asset) {
  const double scale = std::cbrt(std::fabs(normalized_from_asset.determinant()));
  if (!(scale > 0)) throw std::invalid_argument("normalize: normalized_from_asset is singular");
  transform_mesh(scene.mesh, normalized_from_asset);
  for (Material& material : scene.materials) material.attenuation_distance *= scale;
}

void compute_smooth_normals(Mesh& mesh, double crease_degrees) {
  const double crease = std::cos(crease_degrees * std::numbers::pi / 180);
  std::vector<Vec3d> area(mesh.triangles.size()), face(mesh.triangles.size());
  for (std::size_t t = 0; t < face.size(); ++t) {
    area[t] = mesh.area_vector(t);
    face[t] = normalized(area[t]);
  }
  const Incidence incidence = incident_corners(mesh, weld_by_position(mesh.positions));
  std::vector<Vec3f> corner_normal(3 * face.size());
  for (std::size_t g = 0; g + 1 < incidence.first.size(); ++g) {
    const std::size_t begin = incidence.first[g], end = incidence.first[g + 1];
    Vec3d all;
    for (std::size_t i = begin; i < end; ++i) all += area[incidence.corners[i] / 3];
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t own = incidence.corners[i] / 3;
      Vec3d sum = end - begin <= kMaxCreaseValence ? Vec3d{} : all;
      for (std::size_t j = begin; j < end && end - begin <= kMaxCreaseValence; ++j) {
        const std::size_t other = incidence.corners[j] / 3;
        if (other == own || dot(face[own], face[other]) > crease) sum += area[other];
      }
      const Vec3d smooth = normalized(sum), normal = dot(smooth, face[own]) > crease ? smooth : face[own];
      corner_normal[incidence.corners[i]] = to_float(dot(normal, normal) > 0.5 ? normal : face[own]);
    }
  }
  // A vertex whose corners disagree is split, one copy per normal.
  mesh.normals.assign(mesh.positions.size(), Vec3f{0, 0, 0});
  std::vector<bool> taken(mesh.positions.size(), false);
  std::map<std::pair<std::uint32_t, std::array<float, 3>>, std::uint32_t> copies;
  for (std::size_t c = 0; c < corner_normal.size(); ++c) {
    std::uint32_t& vertex = mesh.triangles[c / 3][c % 3];
    const Vec3f normal = corner_normal[c];
    if (!taken[vertex]) {
      taken[vertex] = true;
      mesh.normals[vertex] = normal;
    } else if (!(mesh.normals[vertex] == normal)) {
      const auto [found, is_new] = copies.try_emplace({vertex, {normal.x, normal.y, normal.z}},
                                                      static_cast<std::uint32_t>(mesh.positions.size()));
      if (is_new) {
        append_vertex_copy(mesh, vertex);
        mesh.normals.push_back(normal);
      }
      vertex = found->second;
    }
  }
}

}  // namespace funcorr
