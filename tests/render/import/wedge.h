#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "render/geometry/mesh.h"

namespace funcorr::tests {

// A tetrahedron without any symmetry, of 1 × 2 × 3: every mix-up of axes, signs or winding shows.
struct Wedge {
  std::vector<float> positions{0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3};
  std::vector<std::uint16_t> indices{0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3};  // counter-clockwise from outside

  Vec3d corner(std::size_t i) const {
    const std::size_t v = indices[i];
    return {static_cast<double>(positions[3 * v]), static_cast<double>(positions[3 * v + 1]),
            static_cast<double>(positions[3 * v + 2])};
  }
};

using Triangles = std::vector<std::array<std::array<double, 3>, 3>>;

// Triangles as a set: each turned so that its least corner comes first (winding kept), then sorted;
// coordinates rounded to 1e-5.
inline Triangles sorted(Triangles triangles) {
  for (auto& triangle : triangles) {
    for (auto& corner : triangle)
      for (double& x : corner) x = std::round(x * 1e5) / 1e5 + 0.0;
    std::rotate(triangle.begin(), std::min_element(triangle.begin(), triangle.end()), triangle.end());
  }
  std::sort(triangles.begin(), triangles.end());
  return triangles;
}

inline Triangles triangles_of(const Mesh& mesh) {
  Triangles out;
  for (const auto& t : mesh.triangles) {
    auto& triangle = out.emplace_back();
    for (std::size_t k = 0; k < 3; ++k)
      for (int axis = 0; axis < 3; ++axis)
        triangle[k][static_cast<std::size_t>(axis)] = mesh.positions[t[k]][axis];
  }
  return sorted(std::move(out));
}

inline Triangles triangles_of(const Wedge& wedge, const Transform& target_from_wedge = {}) {
  Triangles out(wedge.indices.size() / 3);
  const bool mirrors = target_from_wedge.determinant() < 0;
  for (std::size_t i = 0; i < wedge.indices.size(); ++i) {
    const Vec3d p = target_from_wedge.point(wedge.corner(i));
    const std::size_t k = mirrors ? 2 - i % 3 : i % 3;
    out[i / 3][k] = {p.x, p.y, p.z};
  }
  return sorted(std::move(out));
}

}  // namespace funcorr::tests
