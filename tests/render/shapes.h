#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "render/geometry/mesh.h"

namespace funcorr::tests {

// A closed or open grid of quads over a parametric surface: position(s, t), s and t in 0…1.
template <typename Position, typename Normal>
Mesh parametric_mesh(int columns, int rows, const Position& position, const Normal& normal) {
  Mesh mesh;
  for (int j = 0; j <= rows; ++j)
    for (int i = 0; i <= columns; ++i) {
      const double s = static_cast<double>(i) / columns, t = static_cast<double>(j) / rows;
      mesh.positions.push_back(position(s, t));
      const Vec3d n = normal(s, t);
      mesh.normals.push_back({static_cast<float>(n.x), static_cast<float>(n.y), static_cast<float>(n.z)});
    }
  const auto index = [columns](int i, int j) { return static_cast<std::uint32_t>(j * (columns + 1) + i); };
  for (int j = 0; j < rows; ++j)
    for (int i = 0; i < columns; ++i) {
      mesh.triangles.push_back({index(i, j), index(i + 1, j), index(i + 1, j + 1)});
      mesh.triangles.push_back({index(i, j), index(i + 1, j + 1), index(i, j + 1)});
    }
  mesh.triangle_material.assign(mesh.triangles.size(), 0);
  mesh.triangle_part.assign(mesh.triangles.size(), -1);
  return mesh;
}

inline Vec3d on_unit_sphere(double s, double t) {
  const double phi = 2 * std::numbers::pi * s, theta = std::numbers::pi * t;
  return {std::sin(theta) * std::sin(phi), -std::cos(theta), std::sin(theta) * std::cos(phi)};
}

inline Mesh sphere_mesh(double radius, int columns = 128, int rows = 64) {
  return parametric_mesh(
      columns, rows, [&](double s, double t) { return on_unit_sphere(s, t) * radius; }, on_unit_sphere);
}

// Around the y axis.
inline Mesh torus_mesh(double ring, double tube, int columns = 256, int rows = 128) {
  const auto normal = [](double s, double t) {
    const double phi = 2 * std::numbers::pi * s, psi = 2 * std::numbers::pi * t;
    return Vec3d{std::cos(psi) * std::sin(phi), std::sin(psi), std::cos(psi) * std::cos(phi)};
  };
  return parametric_mesh(
      columns, rows,
      [&](double s, double t) {
        const double phi = 2 * std::numbers::pi * s;
        return Vec3d{ring * std::sin(phi), 0, ring * std::cos(phi)} + normal(s, t) * tube;
      },
      normal);
}

// A square of the given half side in the plane z = 0, facing +z; texture coordinates as glTF: (0, 0) at the
// top left, seen from +z.
inline Mesh square_mesh(double half) {
  Mesh mesh = parametric_mesh(
      1, 1,
      [&](double s, double t) {
        return Vec3d{half * (2 * s - 1), half * (2 * t - 1), 0};
      },
      [](double, double) {
        return Vec3d{0, 0, 1};
      });
  mesh.uvs[0] = {{0, 1}, {1, 1}, {0, 0}, {1, 0}};
  return mesh;
}

// Cube with face normals.
inline Mesh cube_mesh(double half) {
  Mesh cube;
  const Transform turns[] = {Transform{},
                             Transform::rotate_y(std::numbers::pi / 2),
                             Transform::rotate_y(std::numbers::pi),
                             Transform::rotate_y(-std::numbers::pi / 2),
                             Transform::rotate_x(std::numbers::pi / 2),
                             Transform::rotate_x(-std::numbers::pi / 2)};
  for (const Transform& turn : turns) {
    const auto first = static_cast<std::uint32_t>(cube.positions.size());
    const Mesh face = square_mesh(half);
    for (const Vec3d& p : face.positions) {
      cube.positions.push_back(turn.point(p + Vec3d{0, 0, half}));
      const Vec3d n = turn.direction({0, 0, 1});
      cube.normals.push_back({static_cast<float>(n.x), static_cast<float>(n.y), static_cast<float>(n.z)});
    }
    for (const auto& t : face.triangles) cube.triangles.push_back({first + t[0], first + t[1], first + t[2]});
  }
  cube.triangle_material.assign(cube.triangles.size(), 0);
  cube.triangle_part.assign(cube.triangles.size(), -1);
  return cube;
}

inline void append_mesh(Mesh& mesh, const Mesh& other, std::int32_t material) {
  const auto first = static_cast<std::uint32_t>(mesh.positions.size());
  mesh.positions.insert(mesh.positions.end(), other.positions.begin(), other.positions.end());
  mesh.normals.insert(mesh.normals.end(), other.normals.begin(), other.normals.end());
  for (std::size_t set = 0; set < 2; ++set) {
    std::vector<Vec2f>& uvs = mesh.uvs[set];
    if (uvs.empty() && other.uvs[set].empty()) continue;
    uvs.resize(first);  // (0, 0) where one of the two has none
    uvs.insert(uvs.end(), other.uvs[set].begin(), other.uvs[set].end());
    uvs.resize(mesh.positions.size());
  }
  for (const auto& t : other.triangles) {
    mesh.triangles.push_back({first + t[0], first + t[1], first + t[2]});
    mesh.triangle_material.push_back(material);
    mesh.triangle_part.push_back(-1);
  }
}

inline Scene scene_of(Mesh mesh, const Material& material) {
  Scene scene;
  scene.mesh = std::move(mesh);
  scene.materials = {material};
  return scene;
}

inline Material surface(double grey, double metallic, double roughness) {
  Material material;
  material.base_color = {grey, grey, grey, 1};
  material.metallic = metallic;
  material.roughness = roughness;
  return material;
}

}  // namespace funcorr::tests
